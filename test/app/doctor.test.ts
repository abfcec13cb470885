import { stripVTControlCharacters } from 'node:util'
import { describe, expect, it } from 'vitest'
import { diagnose, type Found, findingsText } from '../../src/app/doctor.ts'
import { configFiles, dataFolder } from '../../src/app/folder.ts'
import { terminalQr, welcomeText } from '../../src/app/welcome.ts'

const well: Found = {
  node: 'v24.21.0',
  machine: 'x64, Linux 6.1',
  elements: Object.fromEntries(
    ['compositor', 'opusenc', 'rtpjitterbuffer', 'rtph264pay', 'intervideosink', 'avdec_h264', 'x264enc'].map((e) => [e, true]),
  ),
  addon: true,
  pages: true,
  cameras: ['/dev/video0'],
  soundCards: ['HDA Intel'],
  connectors: { 'card0-HDMI-A-1': true },
  display: false,
  board: ['Board: PC'],
  heat: 45,
  starved: null,
  daemon: [],
}
const wrong = (found: Found) =>
  diagnose(found)
    .filter((f) => f.is !== 'good')
    .map((f) => `${f.is}: ${f.sentence}`)

describe('the doctor', () => {
  it('finds nothing wrong with a box that has it all', () => {
    expect(wrong(well)).toEqual([])
  })
  it('names the package of what GStreamer lacks', () => {
    expect(wrong({ ...well, elements: { ...well.elements, avdec_h264: false, x264enc: false } })).toEqual([
      'bad: GStreamer has no avdec_h264; install gstreamer1.0-libav',
      'bad: There is no H.264 encoder; install gstreamer1.0-plugins-ugly',
    ])
  })
  it('says what a bare machine does without, and that it is not broken', () => {
    const bare = wrong({ ...well, cameras: [], soundCards: [], connectors: { 'card0-HDMI-A-1': false }, daemon: null })
    expect(bare).toHaveLength(4)
    expect(bare.every((s) => s.startsWith('missing: '))).toBe(true)
  })
  it('says when the machine is too hot or has too little power', () => {
    expect(wrong({ ...well, heat: 84.6, starved: true })).toEqual([
      'bad: The processor has 85 °C and slows down; give it air or a heat sink',
      'bad: The power supply gives too little voltage; use the one made for this board',
    ])
  })
  it('repeats what the running box complains of', () => {
    expect(findingsText(diagnose({ ...well, daemon: ['The camera is gone.'] }))).toContain('missing  The camera is gone.')
  })
})

describe('places', () => {
  it('are those of systemd, of the person, or as told', () => {
    expect(dataFolder({ PARLOR_DATA: '/d', STATE_DIRECTORY: '/s' })).toBe('/d')
    expect(dataFolder({ STATE_DIRECTORY: '/s' })).toBe('/s')
    expect(dataFolder({ XDG_STATE_HOME: '/x' })).toBe('/x/parlor')
    expect(configFiles({}, '/here')).toEqual(['/here/parlor.toml', '/etc/parlor/parlor.toml'])
    expect(configFiles({ PARLOR_CONFIG: '/c.toml' }, '/here')).toEqual(['/c.toml'])
  })
})

describe('the welcome', () => {
  it('shows every link, and a square QR code with a quiet edge', () => {
    const link = 'https://box.local:8443/r#0000-0000'
    const links = {
      here: 'http://localhost/r#0',
      anywhere: null,
      atHome: [link],
      tv: 'http://localhost/tv',
      tvAtHome: ['https://box.local/tv#1'],
      trust: 'http://box/trust',
      fingerprint: 'AB:CD',
    }
    const text = welcomeText('Kitchen', links, true)
    for (const part of [
      'http://localhost/r#0',
      link,
      'http://localhost/tv',
      'http://box/trust',
      'https://box.local/tv#1',
      'AB:CD',
      'camera and microphone are open',
    ])
      expect(text).toContain(part)
    const rows = stripVTControlCharacters(terminalQr(link)).split('\n')
    expect(new Set(rows.map((row) => [...row].length)).size).toBe(1)
    expect(rows[0]?.trim()).toBe('')
  })
})
