// diskstats.ts — what was written to a disk and its partitions, as the kernel counts it (Documentation/admin-guide/iostats.rst). Pure.

/** Bytes written since the start, by name: of the disk and of each of its partitions. */
export type Written = ReadonlyMap<string, number>

const SECTOR = 512

/** @param text of /proc/diskstats  @param disk such as mmcblk0 or ubda */
export const writtenIn = (text: string, disk: string): Written =>
  new Map(
    text.split('\n').flatMap((line): Array<[string, number]> => {
      const [, , name = '', , , , , , , sectors] = line.trim().split(/\s+/)
      return name.startsWith(disk) && sectors !== undefined ? [[name, Number(sectors) * SECTOR]] : []
    }),
  )

/** What was written in between, by name; those to which nothing was written too. */
export const between = (before: Written, after: Written): Map<string, number> =>
  new Map([...after].map(([name, bytes]) => [name, bytes - (before.get(name) ?? 0)]))

const DAY = 24 * 3600

/** Megabytes a day at this pace. @param bytes in so many seconds */
export const megabytesADay = (bytes: number, seconds: number): number => ((bytes / seconds) * DAY) / 1e6
