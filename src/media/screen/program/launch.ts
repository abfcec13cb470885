// launch.ts — the program's pipeline as text: a compositor, an encoder, and bytes with times. Pure.
//
//   seat 0..6 (behind the decoder, beside the way to the TV) ──bridge──▶ in1..7 ─┐
//   painter  ──push──▶ in0 (ground), in8..14 (names) ────────────────────────────┴▶ compositor ─┬─▶ encoder ! gdppay ! `coded`
//                                                                                               └─▶ valve ! scale ! gdppay ! `raw<rung>` (rendition.ts)
//
// Between compositor and encoder at most two pictures wait, then the oldest is lost: an encoder that cannot keep up takes nothing from anybody
// but the program. `tick` is stamped with the pipeline's time when it is pushed, and comes out at `tock`: so it is known
// what the machine's clock says at the pipeline's zero.
import type { Bps } from '../../../lib/unit.ts'
import type { Lower } from '../../budget.ts'
import { type EncoderKind, encoderLaunch, inProgram, type Picture } from '../../encoder.ts'
import { CALL_SEATS, type Seat } from '../../scene.ts'
import { sized, TAKE } from '../launch.ts'

/** Seconds from keyframe to keyframe: those of a segment. */
const GOP = 2

export const GROUND = 0
export const pictureOf = (seat: Seat): number => 1 + seat
export const nameOf = (seat: Seat): number => 1 + CALL_SEATS + seat
const INPUTS = 1 + 2 * CALL_SEATS

export function programLaunch(kind: EncoderKind, picture: Picture, rate: Bps, lower: readonly Lower[] = []): string {
  const inputs = Array.from({ length: INPUTS }, (_, i) => i)
  const pads = inputs.map(
    (i) => `sink_${i}::zorder=${i} sink_${i}::alpha=${i === GROUND ? 1 : 0} sink_${i}::sizing-policy=keep-aspect-ratio`,
  )
  const raw = `${sized(picture.width, picture.height)},framerate=${picture.fps}/1`
  return [
    `compositor name=mix background=black latency=0 ${pads.join(' ')} ! ${raw}`,
    '! queue name=wait max-size-buffers=2 max-size-bytes=0 max-size-time=0 leaky=downstream',
    lower.length > 0 ? '! tee name=all all.' : '',
    `! ${encoderLaunch(kind, picture, rate, 'enc', inProgram(picture, GOP))}`,
    '! gdppay name=pay crc-header=false ! appsink name=coded sync=false async=false max-buffers=200 drop=false',
    ...lower.map(smaller),
    'appsrc name=tick is-live=true do-timestamp=true format=time caps=application/x-tick ! gdppay ! appsink name=tock sync=false async=false',
    ...inputs.map((i) => `appsrc name=in${i} ${TAKE} ! mix.sink_${i}`),
  ].join(' ')
}

/** A way out for pictures that are scaled down: with more than two taps, or names would be unreadable. One that nobody takes is lost. */
const smaller = ({ rung, picture: { width, height } }: Lower): string =>
  `all. ! valve name=gate${rung} drop=true ! queue max-size-buffers=2 max-size-bytes=0 max-size-time=0 leaky=downstream` +
  ` ! videoscale method=bilinear2 add-borders=false n-threads=1 ! ${sized(width, height)}` +
  ` ! gdppay crc-header=false ! appsink name=raw${rung} sync=false async=false max-buffers=10 drop=true enable-last-sample=false`
