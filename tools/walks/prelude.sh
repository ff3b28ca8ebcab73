# SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only
# What the commands of the walks are made of.  `type record` shows it.

server() { "$@"; }
alice() { ip netns exec alice "$@"; }
bob() { ip netns exec bob "$@"; }
carol() { ip netns exec carol "$@"; }

# record HOST N: its next N packets from or to port 5004 go to HOST.pcap
record() {
    rm -f $1.log
    $1 tcpdump -i eth0 -w $1.pcap -c $2 --immediate-mode udp port 5004 2>$1.log &
    recording+=" $!"
    until grep -qs listening $1.log; do sleep .05; done
}
recorded() { wait $recording; recording=; }

# sing N: alice sends N packets of Opus, as any program does, by a socket
# (from version 7 on ffmpeg counts frames before they are encoded to packets)
sing() {
    alice ffmpeg -v error -f lavfi -i sine -ar 48000 -c:a libopus \
        -frames:a $1 -bsf:a "noise=drop=gte(n\,$1)" -payload_type 111 -ssrc 0x5ca1ab1e -f rtp \
        'rtp://10.0.7.254:5004?localport=40000&localrtcpport=40001' >sing.sdp
}

# legs: where the legs of stream 1 are, and whom they lead to
legs() {
    local maps=/sys/fs/bpf/swiftcall word i
    word=$(bpftool map lookup pinned $maps/sfu_streams key 1 0 0 0)
    word=${word#*\"legs\": } word=${word%%,*}
    local first=$((word >> 32)) count=$((word & 0xffffffff))
    printf 'legs %#x: %d, from slot %d\n' $word $count $first
    for ((i = first; i < first + count; i++)); do
        echo "slot $i: $(bpftool map lookup pinned $maps/sfu_legs key $i 0 0 0 |
            grep -o '"dmac.*[^,]')"
    done
}

# fields HOST: what is in the first packet of HOST.pcap, by name
fields() {
    tcpdump -tenv -T rtp -c 1 -r $1.pcap 2>/dev/null | tr -d ',(' | awk '
        NR == 1 { print "Ethernet from " $1 "\nEthernet to   " $3 }
        NR == 1 { print "IP ttl " $12 "\nIP id  " $14 }
        NR == 2 { print "UDP from " $1 "\nUDP to   " $3 }
        NR == 2 { print "RTP payload type " substr($6, 2) "\nRTP seq  " $7 }
        NR == 2 { print "RTP time " $8 "\nRTP SSRC " $9 }'
}

# copy_lab02 FOLDER: its sources and all that it is built from
copy_lab02() {
    mkdir -p $1/build/{obj,san}
    cp -a "$ROOT"/{Makefile,common,lab01-*,lab02-*} $1
    cp -a "$ROOT"/build/{common,lab01,lab02} $1/build
    cp -a "$ROOT"/build/obj/{common,lab01-*,lab02-*} $1/build/obj
    cp -a "$ROOT"/build/san/{common,lab01-*,lab02-*} $1/build/san
}

says() { until grep -qs "$1" $2; do sleep .05; done; }
