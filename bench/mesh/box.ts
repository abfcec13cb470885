// box.ts — the part of the daemon that packets pass, in a process of its own: loopback, patch panel, links, loopback.
//
// Everything is the product's, but the links, which are of the way that is asked for. Spoken with by process messages.
import { Patch } from '../../src/app/patch.ts'
import { Seats } from '../../src/app/seats.ts'
import type { PeerId } from '../../src/core/id.ts'
import { RtpIn, RtpOut } from '../../src/media/port.ts'
import type { Seat } from '../../src/media/scene.ts'
import { type StackName, stackOf } from '../forward/stack.ts'

export type Ask =
  /** The ports of the workers, for pictures and for sound. */
  | { readonly ask: 'open'; readonly screen: number; readonly sound: number }
  | { readonly ask: 'answer'; readonly offer: string }
  | { readonly ask: 'count' }
  | { readonly ask: 'end' }
export type Said =
  /** Where camera and microphone send. */
  { readonly camera: number; readonly microphone: number } | { readonly answer: string } | { readonly cpuMicros: number }

const stack = await stackOf(process.argv[2] as StackName)

/** One port per seat, as in the product. */
class Worker {
  port = 0
  readonly #seats = new Map<Seat, RtpOut>()

  rtp(seat: Seat, packet: Buffer): void {
    let out = this.#seats.get(seat)
    if (!out) {
      out = new RtpOut()
      out.to(this.port)
      this.#seats.set(seat, out)
    }
    out.send(packet)
  }
}

const [screen, sound] = [new Worker(), new Worker()]
const patch = new Patch({ seats: new Seats(), screen, sound })
const camera = new RtpIn((packet) => patch.fromCamera(packet))
const microphone = new RtpIn((packet) => patch.fromMicrophone(packet))
let people = 0

async function answer(offer: string): Promise<string> {
  const end = stack.open((line, packet) => patch.fromLink(link, line, stack.rtpOf(packet)))
  const link = { sendRtp: (line: 'audio' | 'camera' | 'screen', rtp: Buffer) => end.send(line, stack.packetOf(rtp)), askKeyframe() {} }
  patch.plug(`peer${people++}` as PeerId, link)
  return end.answer(offer)
}

const say = (said: Said): void => void process.send?.(said)

process.on('message', async (message: Ask) => {
  if (message.ask === 'end') process.exit(0)
  else if (message.ask === 'open') {
    screen.port = message.screen
    sound.port = message.sound
    say({ camera: await camera.open(), microphone: await microphone.open() })
  } else if (message.ask === 'answer') say({ answer: await answer(message.offer) })
  else {
    const { user, system } = process.cpuUsage()
    say({ cpuMicros: user + system })
  }
})
