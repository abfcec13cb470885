// menu.ts — the menu on the TV, walked with a remote: which page one stands on, and where its focus is.
//
// The focus follows its entry when others come or go. What is chosen is given back, for the box to do.
import type { MenuScene } from '../media/scene.ts'
import { type Chosen, type Item, type PageName, pageOf, type World } from './menu-page.ts'

type Place = { readonly page: PageName; readonly focus: string | null; readonly at: number }

/** Where somebody stands in the menu. */
export class Menu {
  #stack: Place[] = []

  get open(): boolean {
    return this.#stack.length > 0
  }

  /** Which page is looked at; null: none. */
  get page(): PageName | null {
    return this.#stack.at(-1)?.page ?? null
  }

  close(): void {
    this.#stack = []
  }

  /** A key's move. What it gives is for the box to do; the menu itself has already changed. */
  move(move: 'open' | 'close' | 'up' | 'down' | 'left' | 'right' | 'choose' | 'back', world: World): Chosen | null {
    const here = this.#stack.at(-1)
    if (!here) {
      if (move === 'open') this.#stack = [{ page: 'main', focus: null, at: 0 }]
      return null
    }
    const { items, at } = this.#stand(here, world)
    const item = items[at]
    switch (move) {
      case 'open':
        return null
      case 'close':
        this.close()
        return null
      case 'back':
        this.#stack.pop()
        return null
      case 'up':
      case 'down': {
        const next = (at + (move === 'up' ? -1 : 1) + items.length) % items.length
        this.#stack[this.#stack.length - 1] = { ...here, at: next, focus: items[next]?.id ?? null }
        return null
      }
      case 'left':
      case 'right':
        if (item?.turn) return { do: 'ask', intent: item.turn(move === 'left' ? -1 : 1), stay: true }
        if (move === 'left') this.#stack.pop()
        else if (item?.mark === 'more') return this.#choose(item)
        return null
      case 'choose':
        return item ? this.#choose(item) : null
    }
  }

  /** What the TV shows of it; null: it is closed. */
  scene(world: World): MenuScene | null {
    const here = this.#stack.at(-1)
    if (!here) return null
    const { title, hint } = pageOf(here.page, world)
    const { items, at } = this.#stand(here, world)
    return { title, hint, focus: at, items: items.map(asSeen) }
  }

  #choose({ ok }: Item): Chosen | null {
    if (!ok) return null
    if (ok.do === 'open') this.#stack.push({ page: ok.page, focus: null, at: 0 })
    else if (ok.do === 'back' || ok.do === 'remove phone') this.#stack.pop()
    else if (ok.do === 'pair' || ok.do === 'network' || ok.do === 'machine' || (ok.do === 'ask' && !ok.stay)) this.close()
    return ok
  }

  #stand({ page, focus, at }: Place, world: World): { items: readonly Item[]; at: number } {
    const { items } = pageOf(page, world)
    const found = items.findIndex(({ id }) => id === focus)
    return { items, at: found >= 0 ? found : Math.min(at, items.length - 1) }
  }
}

const asSeen = ({ text, value = '', mark = null, level, prose }: Item): MenuScene['items'][number] => ({
  text,
  value,
  mark,
  ...(level !== undefined && { level }),
  ...(prose && { prose }),
})
