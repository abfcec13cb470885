// attempt.ts — which encoders a program tries, in which order, and how large a picture each is given. Pure.
import type { ProgramPictures } from '../../budget.ts'
import type { EncoderKind, Picture } from '../../encoder.ts'

export type Attempt = { readonly kind: EncoderKind; readonly picture: Picture }

/** @param hasHardware there is a hardware encoder on this machine, whether it has room for us or not */
export function attempts(pictures: ProgramPictures, hasHardware: boolean): readonly [Attempt, ...Attempt[]] {
  const picture = hasHardware ? pictures.spare : pictures.software
  const inSoftware = [
    { kind: 'x264', picture },
    { kind: 'openh264', picture },
  ] as const satisfies readonly Attempt[]
  return hasHardware && pictures.hardware ? [{ kind: 'v4l2', picture: pictures.hardware }, ...inSoftware] : inSoftware
}
