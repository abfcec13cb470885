// video.tsx — one moving picture. It fills its place when little is lost by cutting, else it stands whole on the dark.
import type { VNode } from 'preact'
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'
import { fills } from './place.ts'

type Props = {
  readonly track: MediaStreamTrack | null
  readonly label: string
  readonly testId: string
  readonly mirrored?: boolean
  /** The part of the picture that must stay when it is cut to its place: 1 for what is never cut. */
  readonly keep?: number
  /** Told when frames come, and when a new track has none yet. */
  readonly onPicture?: (there: boolean) => void
}

export function Video({ track, label, testId, mirrored = false, keep = 0.5, onPicture }: Props): VNode {
  const ref = useRef<HTMLVideoElement>(null)
  const [cut, setCut] = useState(keep < 1)
  // Before the page is drawn, not after it as other effects: a guest's first picture comes 30 ms sooner.
  useLayoutEffect(() => {
    const video = ref.current
    if (!video) return
    onPicture?.(false)
    video.srcObject = track ? new MediaStream([track]) : null
    // A muted video may always play; when the element leaves the page in between, play() is refused, and that is right.
    if (track) video.play().catch(() => {})
    return () => {
      video.srcObject = null
    }
  }, [track])
  useEffect(() => {
    const video = ref.current
    if (!video) return
    const fit = (): void =>
      setCut(fills({ width: video.videoWidth, height: video.videoHeight }, { width: video.clientWidth, height: video.clientHeight }, keep))
    const seen = new ResizeObserver(fit)
    seen.observe(video)
    video.addEventListener('resize', fit)
    return () => {
      seen.disconnect()
      video.removeEventListener('resize', fit)
    }
  }, [keep])
  return (
    <video
      ref={ref}
      class={`${mirrored ? 'mirrored' : ''} ${cut ? 'cut' : ''}`}
      data-testid={testId}
      aria-label={label}
      onLoadedData={() => onPicture?.(true)}
      autoplay
      playsInline
      muted
    />
  )
}
