// version.ts — which version of Parlor this is, as its package says it.
import { join } from 'node:path'
import { readText } from '../system/disk.ts'

/** @param root the folder that Parlor lies in  @returns `unknown` where it does not say */
export const versionAt = async (root: string): Promise<string> =>
  /"version": "([^"]{1,40})"/.exec((await readText(join(root, 'package.json'))) ?? '')?.[1] ?? 'unknown'
