// recordings.tsx — what is kept of broadcasts: download it, keep it from being let go, remove it.
import type { VNode } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import type { RemoteRecording, RemoteState } from '../../../wire/remote.ts'
import { Trouble } from '../kit/trouble.tsx'
import { whenOf } from './calls.tsx'
import { Sign } from './sign.tsx'
import type { Store } from './store.ts'
import { Switch } from './switch.tsx'

export function Recordings({ store, state }: { store: Store; state: RemoteState }): VNode {
  const { words, here } = store
  const [all, setAll] = useState<readonly RemoteRecording[] | null>(null)
  const [why, setWhy] = useState<string | null>(null)
  const look = async (): Promise<void> => setAll((await store.query(setWhy, 'recordings')) ?? all)
  // Looked at again when the box is back, and when a broadcast begins or ends.
  useEffect(() => {
    if (here.value) void look()
  }, [here.value, state.live === null])
  if (all === null) return why ? <Trouble>{why}</Trouble> : <p class="soft">{words.loading}</p>
  return (
    <>
      {why && <Trouble>{why}</Trouble>}
      {all.length === 0 && <p class="soft">{words.noRecordings}</p>}
      <ul class="list" data-testid="recordings">
        {all.map((recording) => (
          <One key={recording.run} store={store} recording={recording} changed={() => void look()} />
        ))}
      </ul>
    </>
  )
}

function One({ store, recording, changed }: { store: Store; recording: RemoteRecording; changed: () => void }): VNode {
  const { words, here } = store
  const { run, from, to, bytes, kept, live, whole, pieces, captions } = recording
  const [asked, setAsked] = useState(false)
  const [why, setWhy] = useState<string | null>(null)
  const download = async (piece: number | null, ofCaptions = false): Promise<void> => {
    const answer = await store.query(setWhy, 'download recording', { run, piece, ...(ofCaptions && { captions: true }) })
    if (answer) location.assign(answer.path)
  }
  const keep = async (on: boolean): Promise<void> => {
    if (await store.query(setWhy, 'keep recording', { run, on })) changed()
  }
  const remove = async (): Promise<void> => {
    if (await store.query(setWhy, 'remove recording', { run })) changed()
  }
  const cut = (is: 'begin' | 'end') => async (): Promise<void> => {
    if (await store.query(setWhy, 'mark recording', { is })) changed()
  }
  const minutes = Math.max(1, Math.round((to - from) / 60_000))
  const facts = [
    live ? words.goesOn : null,
    words.minutes(minutes),
    words.megabytes(Math.round(bytes / 1e6)),
    whole ? null : words.beginningGone,
  ]
  return (
    <li class="card stack" data-testid="recording" data-run={run}>
      <div>
        <h2>{whenOf(from, words.locale)}</h2>
        <p class="soft">{facts.filter((fact) => fact !== null).join(' · ')}</p>
      </div>
      {live && (
        <div class="pairs">
          <button type="button" disabled={!here.value} data-testid="cut-begin" onClick={() => void cut('begin')()}>
            {words.cutBegin}
          </button>
          <button type="button" disabled={!here.value} data-testid="cut-end" onClick={() => void cut('end')()}>
            {words.cutEnd}
          </button>
        </div>
      )}
      <button type="button" class="main" disabled={!here.value} data-testid="download" onClick={() => void download(null)}>
        <Sign name="download" /> {words.download}
      </button>
      {captions && (
        <button type="button" disabled={!here.value} data-testid="download-captions" onClick={() => void download(null, true)}>
          <Sign name="captions" /> {words.downloadCaptions}
        </button>
      )}
      {pieces.map((piece, i) => (
        <button key={piece.from} type="button" disabled={!here.value} data-testid="piece" onClick={() => void download(i)}>
          <Sign name="download" /> {words.piece(i + 1, Math.max(1, Math.round((piece.to - piece.from) / 1000)))}
        </button>
      ))}
      <Switch
        testId="keep"
        sign="check"
        title={words.keepIt}
        is={kept ? words.keptIs.on : words.keptIs.off}
        on={kept}
        disabled={!here.value}
        onTurn={(on) => void keep(on)}
      />
      {!live && !kept && !asked && (
        <button type="button" disabled={!here.value} data-testid="remove-recording" onClick={() => setAsked(true)}>
          <Sign name="close" /> {words.remove}
        </button>
      )}
      {asked && (
        <div class="ask stack" role="alert">
          <p>{words.removeRecordingAsk}</p>
          <div class="pairs">
            <button type="button" onClick={() => setAsked(false)}>
              {words.keep}
            </button>
            <button type="button" class="stop" disabled={!here.value} data-testid="remove-recording-yes" onClick={() => void remove()}>
              {words.remove}
            </button>
          </div>
        </div>
      )}
      {why && <Trouble>{why}</Trouble>}
    </li>
  )
}
