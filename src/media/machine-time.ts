// machine-time.ts — the machine's monotonic clock, the same in all processes, and the one that GStreamer's pipelines count by. ms.
//
// Only for what passes from one process to another; whoever waits or counts in one process has a Clock (lib/clock.ts).
export const machineTime = (): number => Number(process.hrtime.bigint()) / 1e6
