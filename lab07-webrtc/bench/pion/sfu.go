// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only

// sfu: a publisher's packets go to all subscribers, over WebRTC. It is Pion's
// own way of doing that: TrackLocalStaticRTP, as its example "broadcast" has
// it. Interceptors (reports, NACK) are left out, which makes it cheaper.
//
//	POST /publish, /subscribe: an offer; the reply is the answer
package main

import (
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"

	"github.com/pion/dtls/v2"
	"github.com/pion/webrtc"
)

type server struct {
	api   *webrtc.API
	track *webrtc.TrackLocalStaticRTP
}

var video = webrtc.RTPCodecParameters{
	RTPCodecCapability: webrtc.RTPCodecCapability{
		MimeType: webrtc.MimeTypeVP8, ClockRate: 90000,
	},
	PayloadType: 96,
}

// Who is asked from outside is ICE-lite: one candidate, no checks of its own.
func newAPI(at string) (*webrtc.API, error) {
	media := &webrtc.MediaEngine{}
	if err := media.RegisterCodec(video, webrtc.RTPCodecTypeVideo); err != nil {
		return nil, err
	}
	settings := webrtc.SettingEngine{}
	settings.SetLite(true)
	settings.SetSRTPProtectionProfiles(dtls.SRTP_AEAD_AES_128_GCM)
	settings.SetNetworkTypes([]webrtc.NetworkType{webrtc.NetworkTypeUDP4})
	settings.SetIPFilter(func(ip net.IP) bool { return ip.String() == at })
	return webrtc.NewAPI(webrtc.WithMediaEngine(media),
		webrtc.WithSettingEngine(settings)), nil
}

func (s *server) forward(remote *webrtc.TrackRemote, _ *webrtc.RTPReceiver) {
	for {
		packet, _, err := remote.ReadRTP()
		if err != nil {
			return
		}
		if err := s.track.WriteRTP(packet); err != nil {
			log.Printf("write: %v", err)
		}
	}
}

func answer(pc *webrtc.PeerConnection, offer string) (string, error) {
	err := pc.SetRemoteDescription(webrtc.SessionDescription{
		Type: webrtc.SDPTypeOffer, SDP: offer})
	if err != nil {
		return "", err
	}
	text, err := pc.CreateAnswer(nil)
	if err != nil {
		return "", err
	}
	gathered := webrtc.GatheringCompletePromise(pc)
	if err := pc.SetLocalDescription(text); err != nil {
		return "", err
	}
	<-gathered
	return pc.LocalDescription().SDP, nil
}

func (s *server) publish(offer string) (string, error) {
	pc, err := s.api.NewPeerConnection(webrtc.Configuration{})
	if err != nil {
		return "", err
	}
	pc.OnTrack(s.forward)
	return answer(pc, offer)
}

// Incoming RTCP has to be read, or it would fill a buffer.
func (s *server) subscribe(offer string) (string, error) {
	pc, err := s.api.NewPeerConnection(webrtc.Configuration{})
	if err != nil {
		return "", err
	}
	sender, err := pc.AddTrack(s.track)
	if err != nil {
		return "", err
	}
	go func() {
		buffer := make([]byte, 1500)
		for {
			if _, _, err := sender.Read(buffer); err != nil {
				return
			}
		}
	}()
	return answer(pc, offer)
}

func handle(do func(string) (string, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		offer, err := io.ReadAll(r.Body)
		if err == nil {
			var text string
			if text, err = do(string(offer)); err == nil {
				fmt.Fprint(w, text)
				return
			}
		}
		http.Error(w, err.Error(), http.StatusInternalServerError)
	}
}

func main() {
	at := flag.String("at", "", "`address` of media")
	port := flag.Int("http", 8089, "`port` of 127.0.0.1 for signalling")
	flag.Parse()

	api, err := newAPI(*at)
	if err != nil {
		log.Fatal(err)
	}
	track, err := webrtc.NewTrackLocalStaticRTP(video.RTPCodecCapability,
		"video", "bench")
	if err != nil {
		log.Fatal(err)
	}
	s := &server{api, track}
	http.HandleFunc("/publish", handle(s.publish))
	http.HandleFunc("/subscribe", handle(s.subscribe))
	listener, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", *port))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Fprintln(os.Stdout, "ready")
	log.Fatal(http.Serve(listener, nil))
}
