// screen-mode.ts — the whole screen, and a small window beside other work. A browser may have neither, or say no.
type OldPhone = HTMLVideoElement & { webkitEnterFullscreen?: () => void }

const stage = (): HTMLElement | null => document.querySelector('.stage')
const video = (): OldPhone | null => document.querySelector('.stage video')

export function fullScreen(): void {
  const done = document.fullscreenElement ? document.exitFullscreen() : stage()?.requestFullscreen?.()
  if (done) done.catch(() => {})
  // Phones that give the whole screen to a video alone.
  else video()?.webkitEnterFullscreen?.()
}

export const canFloat = (): boolean => document.pictureInPictureEnabled ?? false

export function float(): void {
  const done = document.pictureInPictureElement ? document.exitPictureInPicture() : video()?.requestPictureInPicture()
  done?.catch(() => {})
}
