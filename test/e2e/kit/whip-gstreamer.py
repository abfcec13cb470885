# whip-gstreamer.py — publishes a test picture and a tone by WHIP (RFC 9725), with GStreamer's own WebRTC (webrtcbin, libnice): another
# implementation than ours and Chromium's, as OBS and set-top boxes have.
#
#   whip-gstreamer.py ENDPOINT TOKEN HZ        a ball that moves, and a tone of HZ; H.264 and Opus
#
# Says as lines of JSON what happens: {"answered": STATUS, "location": ...}, {"state": "connected"}, {"failed": ...}. Ends its session with SIGTERM.
import json, signal, sys, threading, urllib.request
from urllib.parse import urljoin

import gi

for name, version in (('Gst', '1.0'), ('GstSdp', '1.0'), ('GstWebRTC', '1.0')):
    gi.require_version(name, version)
from gi.repository import GLib, Gst, GstSdp, GstWebRTC

endpoint, token, hz = sys.argv[1:4]
PICTURE = (
    'videotestsrc is-live=true pattern=ball foreground-color=0xff20c0f0 ! video/x-raw,format=I420,width=640,height=360,framerate=15/1'
    ' ! x264enc tune=zerolatency speed-preset=ultrafast threads=1 key-int-max=30 bitrate=600'
    ' ! video/x-h264,profile=constrained-baseline ! rtph264pay config-interval=-1 aggregate-mode=zero-latency mtu=1200'
    ' ! application/x-rtp,media=video,encoding-name=H264,payload=102,clock-rate=90000'
)
SOUND = (
    f'audiotestsrc is-live=true wave=sine freq={hz} volume=0.3 ! audio/x-raw,rate=48000,channels=2 ! opusenc ! rtpopuspay'
    ' ! application/x-rtp,media=audio,encoding-name=OPUS,payload=111,clock-rate=48000'
)


def say(**fact):
    print(json.dumps(fact), flush=True)


def ask(method, address, body=None, kind=None):
    headers = {'authorization': f'Bearer {token}', **({'content-type': kind} if kind else {})}
    return urllib.request.urlopen(urllib.request.Request(address, method=method, data=body, headers=headers), timeout=20)


class Publisher:
    def __init__(self):
        self.loop = GLib.MainLoop()
        self.session = None
        self.offered = False
        self.pipeline = Gst.parse_launch(f'webrtcbin name=out bundle-policy=max-bundle {PICTURE} ! out. {SOUND} ! out.')
        self.out = self.pipeline.get_by_name('out')
        self.out.connect('on-negotiation-needed', lambda _: self.offer())
        self.out.connect('notify::ice-gathering-state', lambda *_: self.gathered())
        self.out.connect('notify::connection-state', lambda *_: self.turned())
        bus = self.pipeline.get_bus()
        bus.add_signal_watch()
        bus.connect('message::error', lambda _, message: self.fail(message.parse_error().gerror.message))

    def offer(self):
        for i in range(2):
            line = self.out.emit('get-transceiver', i)
            if line:
                line.set_property('direction', GstWebRTC.WebRTCRTPTransceiverDirection.SENDONLY)
        self.out.emit('create-offer', None, Gst.Promise.new_with_change_func(self.made))

    def made(self, promise):
        # The offer lives as long as the reply that it came with.
        reply = promise.get_reply()
        self.out.emit('set-local-description', reply.get_value('offer'), Gst.Promise.new())

    def gathered(self):
        if self.out.get_property('ice-gathering-state') != GstWebRTC.WebRTCICEGatheringState.COMPLETE or self.offered:
            return
        self.offered = True
        # The answer is waited for elsewhere: nothing of GStreamer's stands still meanwhile.
        threading.Thread(target=self.post, args=(self.out.get_property('local-description').sdp.as_text(),), daemon=True).start()

    def post(self, offer):
        try:
            with ask('POST', endpoint, offer.encode(), 'application/sdp') as response:
                answer = response.read().decode()
                self.session = urljoin(endpoint, response.headers['location'])
                say(answered=response.status, location=response.headers['location'])
        except urllib.error.HTTPError as error:
            say(answered=error.code, sentence=error.read().decode())
            return
        except OSError as error:
            return self.fail(str(error))
        _, sdp = GstSdp.SDPMessage.new_from_text(answer)
        described = GstWebRTC.WebRTCSessionDescription.new(GstWebRTC.WebRTCSDPType.ANSWER, sdp)
        self.out.emit('set-remote-description', described, Gst.Promise.new_with_change_func(self.taken))

    def taken(self, promise):
        reply = promise.get_reply()
        if reply and reply.has_field('error'):
            self.fail(reply.get_value('error').message)

    def turned(self):
        say(state=self.out.get_property('connection-state').value_nick)

    def fail(self, why):
        say(failed=why)
        self.loop.quit()

    def run(self):
        for end in (signal.SIGTERM, signal.SIGINT):
            GLib.unix_signal_add(GLib.PRIORITY_HIGH, end, self.loop.quit)
        self.pipeline.set_state(Gst.State.PLAYING)
        self.loop.run()
        if self.session:
            try:
                ask('DELETE', self.session).close()
            except OSError as error:
                say(failed=str(error))
        self.pipeline.set_state(Gst.State.NULL)


Gst.init(None)
Publisher().run()
