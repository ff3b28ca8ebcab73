// SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only

// plain: each RTP packet that comes in goes out to each receiver, with an SSRC,
// numbering and payload type of the receiver's own. Plain RTP, no encryption.
//
// It is what Pion's TrackLocalStaticRTP does for each subscriber before it
// encrypts: parse once, set the header of a copy, marshal, write. One goroutine
// and one socket for each sender, as a Pion server has one for each track.
package main

import (
	"flag"
	"fmt"
	"log"
	"net"
	"os"
	"strings"

	"github.com/pion/rtp"
)

const receiveBuffer = 4 << 20 // bytes; the kernel may allow less

// leg is where the copies of one sender's packets go.
type leg struct {
	to   *net.UDPAddr
	ssrc uint32
	pt   uint8
}

type sender struct {
	conn *net.UDPConn
	legs []leg
}

// forward ends when the socket is closed.
func (s *sender) forward() {
	in := make([]byte, 2048)
	out := make([]byte, 2048)
	for {
		n, _, err := s.conn.ReadFromUDP(in)
		if err != nil {
			log.Fatalf("read %v: %v", s.conn.LocalAddr(), err)
		}
		var packet rtp.Packet
		if packet.Unmarshal(in[:n]) == nil {
			s.copyTo(&packet, out)
		}
	}
}

// A receiver that cannot be reached must not stop the others.
func (s *sender) copyTo(packet *rtp.Packet, out []byte) {
	for _, leg := range s.legs {
		packet.SSRC = leg.ssrc
		packet.PayloadType = leg.pt
		n, err := packet.MarshalTo(out)
		if err == nil {
			_, err = s.conn.WriteToUDP(out[:n], leg.to)
		}
		if err != nil {
			log.Printf("to %v: %v", leg.to, err)
		}
	}
}

func listen(address string, port int) (*net.UDPConn, error) {
	conn, err := net.ListenUDP("udp4",
		&net.UDPAddr{IP: net.ParseIP(address), Port: port})
	if err == nil {
		err = conn.SetReadBuffer(receiveBuffer)
	}
	return conn, err
}

// An SSRC of its own for each pair of a sender and a receiver.
func makeLegs(sender int, receivers []string, pt int) ([]leg, error) {
	var legs []leg
	for i, receiver := range receivers {
		to, err := net.ResolveUDPAddr("udp4", receiver)
		if err != nil {
			return nil, err
		}
		ssrc := uint32(0x10000*(sender+1) + i)
		legs = append(legs, leg{to, ssrc, uint8(pt)})
	}
	return legs, nil
}

func main() {
	at := flag.String("at", "", "`address` to listen at")
	port := flag.Int("first-port", 20000, "of the first sender; 1 more each")
	senders := flag.Int("senders", 1, "how many")
	pt := flag.Int("payload-type", 96, "of the copies")
	to := flag.String("to", "", "receivers, `address:port,...`")
	flag.Parse()

	for i := 0; i < *senders; i++ {
		conn, err := listen(*at, *port+i)
		if err != nil {
			log.Fatal(err)
		}
		legs, err := makeLegs(i, strings.Split(*to, ","), *pt)
		if err != nil {
			log.Fatal(err)
		}
		go (&sender{conn, legs}).forward()
	}
	fmt.Fprintln(os.Stdout, "ready")
	select {}
}
