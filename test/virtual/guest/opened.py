# opened.py — runs inside the virtual Pi: who holds or opens cameras and microphones. Two ways, so that neither a short look nor a
# forgotten process escapes: all of /proc/*/fd, over and over, and the kernel's own word for each time one of the nodes is opened (inotify).
#
# Reads lines; for each it says as JSON what was since the line before: { rounds, held: ["PROGRAM NODE", ...], opened: { NODE: times } }.
import ctypes, glob, json, os, re, select, struct, sys

NODE = re.compile(r'^/dev/(video\d+|media\d+|snd/pcmC\d+D\d+c)$')
IN_OPEN = 0x20
libc = ctypes.CDLL(None)
ear = libc.inotify_init1(os.O_NONBLOCK)
names = {}
for node in glob.glob('/dev/video*') + glob.glob('/dev/media*') + glob.glob('/dev/snd/pcm*c'):
    names[libc.inotify_add_watch(ear, node.encode(), IN_OPEN)] = node
assert names and -1 not in names, 'the nodes cannot be watched'


def name_of(process):
    with open(f'/proc/{process}/cmdline') as file:
        words = file.read().split('\0')
    return ' '.join(word for word in words if word.endswith('.ts')) or words[0]


def look():
    for process in filter(str.isdigit, os.listdir('/proc')):
        try:
            for fd in os.listdir(f'/proc/{process}/fd'):
                try:
                    to = os.readlink(f'/proc/{process}/fd/{fd}')
                except OSError:
                    continue
                if NODE.match(to):
                    held.add(f'{name_of(process)} {to}')
        except OSError:
            continue  # it has ended


def hear():
    try:
        said = os.read(ear, 65536)
    except BlockingIOError:
        return
    at = 0
    while at < len(said):
        watch, mask, _, length = struct.unpack_from('iIII', said, at)
        at += 16 + length
        if mask & IN_OPEN:
            opened[names[watch]] = opened.get(names[watch], 0) + 1


rounds, held, opened = 0, set(), {}
print('watching', len(names), flush=True)
while True:
    look()
    hear()
    rounds += 1
    if not select.select([sys.stdin], [], [], 0.1)[0]:
        continue
    if sys.stdin.readline() == '':
        break
    look()
    hear()
    print(json.dumps({'rounds': rounds, 'held': sorted(held), 'opened': opened}), flush=True)
    rounds, held, opened = 0, set(), {}
