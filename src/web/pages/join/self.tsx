// self.tsx — we ourselves, mirrored as people know themselves: a small picture over the others, or a tile among them.
import type { VNode } from 'preact'
import { Icon } from '../kit/icon.tsx'
import type { Own } from './own.ts'
import type { Box } from './place.ts'
import { styleOf } from './tile.tsx'
import { Video } from './video.tsx'

export function Self({ own, box }: { own: Own; box: Box | null }): VNode {
  const { muted, speaking } = own.sending.value
  const camera = own.camera.value
  return (
    <article
      class={`tile self ${box ? '' : 'floats'} ${speaking ? 'speaks' : ''}`}
      style={box ? styleOf(box) : undefined}
      data-testid="self"
      aria-label={`You${muted ? ', muted' : ''}${camera ? '' : ', camera off'}`}
    >
      {camera ? (
        <Video track={camera} mirrored label="You, as in a mirror" testId="self-video" keep={0.3} />
      ) : (
        <div class="face" aria-hidden="true">
          <Icon name="camera-off" />
        </div>
      )}
      <footer class="tile-foot">
        <span class="pill">
          {muted ? <Icon name="mic-off" /> : speaking ? <Icon name="speaks" /> : null}
          <span class="name">You</span>
        </span>
      </footer>
    </article>
  )
}
