// attempt.ts — which encoders a program tries, in which order, and how large a picture each is given. Pure.
import type { Lower, ProgramPictures } from '../../budget.ts'
import type { EncoderKind, Picture } from '../../encoder.ts'

/** `lower`: its renditions, made only while somebody wants them. */
export type Attempt = { readonly kind: EncoderKind; readonly picture: Picture; readonly lower: readonly Lower[] }

/** @param hasHardware there is a hardware encoder on this machine, whether it has room for us or not */
export function attempts(pictures: ProgramPictures, hasHardware: boolean): readonly [Attempt, ...Attempt[]] {
  const of = hasHardware ? 'spare' : 'software'
  const inSoftware = (kind: EncoderKind): Attempt => ({ kind, picture: pictures[of], lower: pictures.lower[of] })
  const { hardware, lower } = pictures
  const software = [inSoftware('x264'), inSoftware('openh264')] as const
  return hasHardware && hardware ? [{ kind: 'v4l2', picture: hardware, lower: lower.hardware }, ...software] : software
}
