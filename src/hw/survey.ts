// survey.ts — looks over the whole machine, once. By asking only: no number of a device, line or card is known beforehand.
import type { GpioChip, Infrared, Screen, SoundCard, Survey, Watchdog } from './board.ts'
import type { Ground } from './ground.ts'
import { describeVideo } from './v4l2.ts'

/** @param open false: no camera or codec is opened, and `video` stays empty (the privacy switch is shut) */
export function survey(ground: Ground, open = true): Survey {
  const cpu = ground.read('/proc/cpuinfo') ?? ''
  const memory = /^MemTotal:\s+(\d+) kB/m.exec(ground.read('/proc/meminfo') ?? '')?.[1]
  return {
    model: modelOf(ground),
    userMode: /^vendor_id\s*:\s*User Mode Linux/m.test(cpu),
    cores: Math.max(1, [...cpu.matchAll(/^processor\s*:/gm)].length),
    memoryMb: Math.round(Number(memory ?? 0) / 1024),
    video: open ? videoOf(ground) : [],
    screens: screensOf(ground),
    cec: ground.list('/sys/bus/cec/devices').map((name) => `/dev/${name}`),
    sound: soundOf(ground),
    gpio: gpioOf(ground),
    watchdogs: watchdogsOf(ground),
    infrared: infraredOf(ground),
    leds: ground.list('/sys/class/leds'),
  }
}

function modelOf(ground: Ground): string | null {
  const model = ground.read('/proc/device-tree/model')
  if (model) return model
  const dmi = ['sys_vendor', 'product_name'].flatMap((name) => ground.read(`/sys/class/dmi/id/${name}`) || [])
  return dmi.length > 0 ? dmi.join(' ') : null
}

const videoOf = (ground: Ground): Survey['video'] =>
  ground
    .list('/sys/class/video4linux')
    .filter((node) => /^video\d+$/.test(node))
    .flatMap((node) => {
      const found = ground.ask(`/dev/${node}`, describeVideo)
      return found ? [{ path: `/dev/${node}`, ...found }] : []
    })

const screensOf = (ground: Ground): Screen[] =>
  ground.list('/sys/class/drm').flatMap((name) => {
    const [, card, connector] = /^(card\d+)-(.+)$/.exec(name) ?? []
    if (card === undefined || connector === undefined || connector.startsWith('Writeback')) return []
    const driver = field(ground.read(`/sys/class/drm/${card}/device/uevent`), 'DRIVER')
    return [{ connector, driver, connected: ground.read(`/sys/class/drm/${name}/status`) === 'connected' }]
  })

/** /proc/asound/cards: ` 0 [vc4hdmi0       ]: vc4-hdmi - vc4-hdmi-0`; pcm: `00-00: ... : playback 1 : capture 1`. */
function soundOf(ground: Ground): SoundCard[] {
  const pcm = (ground.read('/proc/asound/pcm') ?? '').split('\n')
  return [...(ground.read('/proc/asound/cards') ?? '').matchAll(/^\s*(\d+) \[(\S+)\s*\]: \S+ - (.*)$/gm)].map(
    ([, card, id = '', name = '']) => {
      const mine = pcm.filter((line) => line.startsWith(`${String(card).padStart(2, '0')}-`))
      const can = (what: string) => mine.some((line) => new RegExp(`: ${what} \\d+`).test(line))
      return { number: Number(card), id, name: name.trim(), plays: can('playback'), records: can('capture') }
    },
  )
}

/** Every chip that /sys/class/gpio offers. Newer kernels also list them as `chipN`, without a base: those are the same chips. */
export const gpioOf = (ground: Ground): GpioChip[] =>
  ground.list('/sys/class/gpio').flatMap((name) => {
    const at = `/sys/class/gpio/${name}`
    const [label, base, lines] = ['label', 'base', 'ngpio'].map((file) => ground.read(`${at}/${file}`))
    return /^gpiochip\d+$/.test(name) && label && base && lines ? [{ label, base: Number(base), lines: Number(lines) }] : []
  })

function watchdogsOf(ground: Ground): Watchdog[] {
  const listed = ground.list('/sys/class/watchdog').map((dog) => ({
    device: `/dev/${dog}`,
    name: ground.read(`/sys/class/watchdog/${dog}/identity`),
  }))
  return listed.length > 0 || ground.stamp('/dev/watchdog') === null ? listed : [{ device: '/dev/watchdog', name: null }]
}

const infraredOf = (ground: Ground): Infrared[] =>
  ground.list('/sys/class/lirc').map((name) => {
    const uevent = ground.read(`/sys/class/lirc/${name}/device/uevent`)
    return { device: `/dev/${name}`, name: field(uevent, 'DEV_NAME') ?? field(uevent, 'DRV_NAME') }
  })

/** One field of a uevent file: `DRIVER=vc4-drm`. */
const field = (uevent: string | null, name: string): string | null =>
  uevent
    ?.split('\n')
    .find((line) => line.startsWith(`${name}=`))
    ?.slice(name.length + 1) ?? null
