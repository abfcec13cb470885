// layout.ts — what is where on a card: MBR, so that the boot ROM of every Pi reads it, with two slots of boot and root partition (their numbers:
// src/system/slots/slot.ts), and the two partitions that stay when a slot is written anew. genimage(1) makes it.

/** The id of every card's partition table: the kernel finds partitions as PARTUUID=<id>-<number>. ("parl") */
export const DISK = '7061726c'

/** Sizes in MB. MEDIA is made as large as the card at the first start. */
export const SIZE = { selector: 64, boot: 128, root: 2048, state: 256, media: 16 } as const

/**
 * genimage's description of the card; the images of its partitions lie in its input folder.
 * @param bootB the image of BOOT_B; null: it stays empty
 */
export function genimage(name: string, bootB: string | null): string {
  const FAT = '0x0c'
  const LINUX = '0x83'
  const partition = (name: string, type: string, image: string | null, size: number) => `   partition ${name} {
      partition-type = ${type}
      size = ${size}M
${image ? `      image = "${image}"\n` : ''}   }
`
  return `image ${name} {
   hdimage {
      partition-table-type = "mbr"
      disk-signature = 0x${DISK}
      align = 1M
      extended-partition = 4
   }
${[
  partition('SELECTOR', FAT, 'selector.vfat', SIZE.selector),
  partition('BOOT_A', FAT, 'boot-a.vfat', SIZE.boot),
  partition('BOOT_B', FAT, bootB, SIZE.boot),
  partition('ROOT_A', LINUX, 'root.ext4', SIZE.root),
  partition('ROOT_B', LINUX, null, SIZE.root),
  partition('STATE', LINUX, 'state.ext4', SIZE.state),
  partition('MEDIA', LINUX, null, SIZE.media),
].join('')}}
`
}
