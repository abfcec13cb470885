// trust-page.ts — the page that tells how a device learns to trust this box. Made here, without a script, so that it can be read on
// any device and by plain http. Pure.

export type TrustFacts = {
  /** SHA-256 of the authority as `AB:CD:...` */
  readonly fingerprint: string
  /** Where to go when it is done, as `https://HOST:PORT/`; null when there is no https. */
  readonly secure: string | null
}

type Way = { readonly device: string; readonly steps: readonly string[] }

const WAYS: readonly Way[] = [
  {
    device: 'Android',
    steps: [
      'Download the certificate with the button above.',
      'Open Settings and search for “CA certificate” (Security, More security settings, Install from device storage).',
      'Choose “CA certificate”, then “Install anyway”, and pick parlor-ca.crt. Android says that others may watch: this box can sign for home names only.',
      'Close the browser, open it again, and follow the link of the call. Firefox for Android does not look there: use Chrome.',
    ],
  },
  {
    device: 'iPhone and iPad',
    steps: [
      'Open this page in Safari, download the certificate with the button above, and allow the profile.',
      'Open Settings, General, VPN & Device Management, tap the profile “Parlor box”, and install it.',
      'Open Settings, General, About, Certificate Trust Settings, and switch on “Parlor box”.',
      'Come back and follow the link of the call.',
    ],
  },
  {
    device: 'Mac',
    steps: [
      'Download the certificate with the button above and open it: Keychain Access asks where to put it. Choose “login”.',
      'Find “Parlor box” there, open it, unfold “Trust”, and choose “Always Trust”.',
      'Close the window, give your password, and restart the browser.',
    ],
  },
  {
    device: 'Windows',
    steps: [
      'Download the certificate with the button above and open it.',
      'Choose “Install Certificate”, “Current User”, then “Place all certificates in the following store”.',
      'Browse to “Trusted Root Certification Authorities”, finish, and restart the browser.',
    ],
  },
  {
    device: 'Linux (Chrome and Chromium)',
    steps: [
      'Download the certificate with the button above.',
      'Open chrome://certificate-manager, “Local certificates”, “Custom”, “Installed by you”.',
      'Import parlor-ca.crt as trusted, and restart the browser.',
    ],
  },
  {
    device: 'Firefox on any computer',
    steps: [
      'Download the certificate with the button above. Firefox may ask at once: tick “Trust this CA to identify websites”.',
      'Otherwise open Settings, Privacy & Security, “View Certificates”, “Authorities”, “Import”, and pick parlor-ca.crt.',
    ],
  },
]

export function trustPage({ fingerprint, secure }: TrustFacts): string {
  const groups = fingerprint.split(':')
  const half = (from: number) => groups.slice(from, from + 16).join(' ')
  const ways = WAYS.map(
    ({ device, steps }) =>
      `<details><summary>${safe(device)}</summary><ol>${steps.map((step) => `<li>${safe(step)}</li>`).join('')}</ol></details>`,
  ).join('\n')
  const done = secure === null ? '' : `<p><a class="go" href="${safe(secure)}">I have done it: go on</a></p>`
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Trust this box · Parlor</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/trust.css">
</head>
<body>
<main>
<h1>Trust this box</h1>
<p>Browsers give a page your camera and microphone only over a secure connection. This box belongs to a home, not to a company, so
it signs for itself. Tell your device once that it may believe this box; then the warning is gone.</p>
<p><a class="go" href="/ca.crt" download="parlor-ca.crt">Download the certificate</a></p>
<h2>Is it really this box?</h2>
<p>Compare these letters with what your device shows (SHA-256) and with what the box itself says: <code>parlor doctor</code> on its own machine.</p>
<p class="print"><code>${safe(half(0))}</code> <code>${safe(half(16))}</code></p>
<h2>On your device</h2>
${ways}
${done}
<h2>In a hurry?</h2>
<p>You can also choose “Advanced” and “Go on” at the browser's warning. The call itself is encrypted between the people in it either way.</p>
</main>
</body>
</html>
`
}

const safe = (text: string): string => text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`)

/** The same calm ground as the other pages; each pair of text and ground has a contrast of at least 7:1. */
export const TRUST_CSS = `:root{color-scheme:dark light;--ground:#13151a;--raised:#1d2027;--line:#3c414d;--text:#f5f1e8;--soft:#c0bbb0;--accent:#ffc37d;--on:#231503}
@media (prefers-color-scheme:light){:root{--ground:#f7f3ea;--raised:#fffdf8;--line:#b9b09d;--text:#1f1b14;--soft:#4b453a;--accent:#753c00;--on:#fffdf8}}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--text);font:17px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif}
main{max-width:38rem;margin:0 auto;padding:2rem 1.25rem 4rem}
h1{font-size:clamp(1.9rem,1.5rem + 2vw,2.6rem);line-height:1.15;margin:0 0 1rem}
h2{font-size:1.25rem;margin:2.25rem 0 .5rem}
a{color:var(--accent)}
.go{display:inline-flex;align-items:center;min-height:48px;padding:.5rem 1.5rem;border-radius:20px;background:var(--accent);color:var(--on);font-weight:600;text-decoration:none}
.print code{display:block;padding:.25rem 1rem;background:var(--raised);overflow-wrap:anywhere;font-size:1.05rem}
details{border:1px solid var(--line);border-radius:20px;margin:.75rem 0;background:var(--raised)}
summary{min-height:48px;padding:.65rem 1.25rem;cursor:pointer;font-weight:600}
ol{margin:0;padding:0 1.25rem 1.25rem 2.5rem}
li{margin:.4rem 0;color:var(--soft)}
:focus-visible{outline:3px solid var(--accent);outline-offset:3px}
`
