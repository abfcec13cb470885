// settings.ts — settings of a box on the virtual Pi, to be put together: sections of its parlor.toml.
//
// One emulated processor makes, codes, decodes and shows pictures, without hardware behind it: what a test does not look at is switched
// off, and what it does look at is small.

/** Small pictures, and few. */
export const SMALL_PICTURES = `[camera]
width = 320
height = 180
fps = 10
kbps = 300
`
export const NO_SOUND = `[sound]
microphone = "none"
speaker = "none"
`
export const NO_TV = `[tv]
output = "none"
`
/** A TV that is looked at: a picture of its size costs 150 ms. */
export const SLOW_TV = `[tv]
fps = 2
`

/**
 * Watchdogs that are patient: a machine that shares its processor with others may stand still for longer than a board ever would, and who is
 * to blame for that is tried in systemd.test.ts alone.
 */
const CALM = Object.fromEntries(
  ['parlor', 'parlor-media'].map((unit) => [`/etc/systemd/system/${unit}.service.d/calm.conf`, '[Service]\nWatchdogSec=120\n']),
)

/** The files of a box with these sections of settings, for bootVirtualPi. */
export const boxWith = (...sections: readonly string[]): Readonly<Record<string, string>> => ({
  '/etc/parlor/parlor.toml': sections.join(''),
  ...CALM,
})
/**
 * Words for the kernel: a camera that gives small pictures by itself, as webcams do. To make one of 1280x720 smaller costs half of the
 * processor. There is no HDMI in it, and so no TV's end of the CEC wire.
 */
export const WEBCAM: readonly string[] = ['vivid.input_types=0', 'rig.camera=webcam']
