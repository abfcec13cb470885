// port.ts — the folder that a program is kept in, as the store needs it. Flat: names, no paths.

/** All of it throws a Fault 'disk-full' or 'disk-fault'. */
export interface MediaFolder {
  /** The names of its files, in any order. */
  list(): Promise<readonly string[]>
  /** Adds to the end of a file, and makes it if there is none. When it throws, some of the bytes may be there. */
  append(name: string, bytes: Uint8Array): Promise<void>
  /** All that was appended is still there after a power cut. */
  sync(name: string): Promise<void>
  /** Nothing more will be appended for now; it has been synced. */
  release(name: string): Promise<void>
  /** So are files that were made or removed. */
  syncNames(): Promise<void>
  /** So many bytes from there, fewer at its end; none of a file that is not there. */
  read(name: string, from: number, length: number): Promise<Uint8Array>
  /** 0 for a file that is not there. */
  size(name: string): Promise<number>
  truncate(name: string, length: number): Promise<void>
  remove(name: string): Promise<void>
  /** A whole small file: the old one or the new one, whatever happens. */
  replace(name: string, bytes: Uint8Array): Promise<void>
  close(): Promise<void>
}
