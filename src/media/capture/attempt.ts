// attempt.ts — which pipelines to try, in which order, and each one's whole text. Pure.
//
//   source ! tee ! queue of 2 frames, leaky ! encoder ! RTP ! loopback
//              ! a sink that only counts
//
// No sink waits for a clock (sync=false), so nothing adds a frame of delay; where the encoder is too slow the queue loses the oldest.
import type { Bps } from '../../lib/unit.ts'
import { type EncoderKind, encoderLaunch, type Picture } from '../encoder.ts'
import { type Form, isAny, isEncoded, sourceLaunch } from './source.ts'

/** `encoder` is null where the camera encodes by itself. */
export type Attempt = { readonly form: Form; readonly encoder: EncoderKind | null }

/**
 * Every form with the best encoder, then every form with the next: "not negotiated" does not say who was at fault.
 * A camera that encodes by itself comes first, for it costs nothing.
 */
export function attempts(forms: readonly Form[], encoders: readonly EncoderKind[]): readonly Attempt[] {
  const raw = forms.filter((form) => !isEncoded(form))
  return [
    ...forms.filter(isEncoded).map((form) => ({ form, encoder: null })),
    ...encoders.flatMap((encoder) => raw.map((form) => ({ form, encoder }))),
  ]
}

/** The same, but what is known to work goes first: a camera that comes back films again without a round through all that it never could. */
export function bestFirst(attempts: readonly Attempt[], worked: (attempt: Attempt) => boolean): readonly Attempt[] {
  const known: Attempt[] = []
  const others: Attempt[] = []
  for (const attempt of attempts) (worked(attempt) ? known : others).push(attempt)
  return [...known, ...others]
}

const COUNT = 'fakesink name=count sync=false async=false enable-last-sample=false'

/** A second, smaller picture of the same camera, for links that cannot take the first. */
export type Small = { readonly picture: Picture; readonly rate: Bps; readonly port: number }

/**
 * The whole pipeline. Elements by name: `count` (frames in), `enc`, `pay`, `out` (bytes out); and of the small picture `gate` (closed until
 * somebody is shown it: what does not come through costs nothing), `enc1`, `pay1`, `out1`.
 */
export function cameraLaunch(attempt: Attempt, picture: Picture, rate: Bps, port: number, small: Small | null = null): string {
  const pace = attempt.encoder === null ? '' : paceLaunch(attempt.encoder, picture)
  const early = isAny(attempt.form)
  const source = sourceLaunch(attempt.form, picture, early ? pace : '')
  // Coded frames lean on one another: of those none may be lost, so their queue waits instead.
  const toRtp =
    attempt.encoder === null
      ? 'queue max-size-buffers=30 max-size-time=0 max-size-bytes=0'
      : `queue leaky=downstream max-size-buffers=2 max-size-time=0 max-size-bytes=0 ! ${early ? '' : pace}${encoderLaunch(attempt.encoder, picture, rate)}`
  const second = small && attempt.encoder !== null ? ` fork. ! ${smallLaunch(attempt.encoder, small, early ? '' : pace)}` : ''
  return `${source} ! tee name=fork fork. ! ${COUNT} fork. ! ${toRtp} ! ${payLaunch(port)}${second}`
}

function smallLaunch(encoder: EncoderKind, { picture, rate, port }: Small, pace: string): string {
  const size = `video/x-raw,width=${picture.width},height=${picture.height},pixel-aspect-ratio=1/1`
  return `valve name=gate drop=true ! queue leaky=downstream max-size-buffers=2 max-size-time=0 max-size-bytes=0 ! ${pace}videoscale ! ${size} ! ${encoderLaunch(encoder, picture, rate, 'enc1')} ! ${payLaunch(port, '1')}`
}

/** A camera that gives more frames than were asked for may not use up the hardware's budget (../budget.ts). Drops, never waits. */
const paceLaunch = (encoder: EncoderKind, picture: Picture): string =>
  encoder === 'v4l2' ? `videorate drop-only=true max-rate=${picture.fps} ! ` : ''

/**
 * RFC 6184, packetization-mode 1; SPS and PPS before every IDR, in one packet with what follows where it fits.
 * @param tail of the elements' names
 */
export const payLaunch = (port: number, tail = ''): string =>
  `rtph264pay name=pay${tail} pt=96 mtu=1200 aggregate-mode=zero-latency config-interval=-1 ! udpsink name=out${tail} host=127.0.0.1 port=${port} sync=false async=false`

/** A pipeline that only finds out whether a source gives two frames; it then ends. */
export const probeLaunch = (form: Form, picture: Picture): string =>
  `${sourceLaunch(form, picture)} ! identity eos-after=2 ! fakesink sync=false async=false`
