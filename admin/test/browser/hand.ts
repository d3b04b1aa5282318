import type { Locator, Page } from 'playwright-core'

// Hands that count: a mouse whose presses the page itself counts, and a keyboard that reaches things as a person does.

/** Counts presses of the mouse in every page that the window opens, wherever they land; keys are not counted. */
export async function countClicks(page: Page): Promise<() => Promise<number>> {
  await page.addInitScript(() => {
    addEventListener('pointerdown', (e) => e.isTrusted && sessionStorage.setItem('clicks', String(Number(sessionStorage.getItem('clicks') ?? 0) + 1)), true)
  })
  return () => page.evaluate(() => Number(sessionStorage.getItem('clicks') ?? 0))
}

/** A keyboard alone. Nothing here clicks, and nothing focuses an element by script. */
export class Keyboard {
  pressed = 0
  constructor(private readonly page: Page) {}

  async press(...keys: string[]): Promise<void> {
    for (const key of keys) {
      await this.page.keyboard.press(key)
      this.pressed++
    }
  }

  async type(text: string): Promise<void> {
    await this.page.keyboard.type(text)
  }

  /** Presses Tab until the element has the focus, and sees that the focus can be seen there. */
  async to(target: Locator, most = 60, key: 'Tab' | 'Shift+Tab' = 'Tab'): Promise<void> {
    await target.waitFor()
    for (let i = 0; i <= most; i++) {
      if (await target.evaluate((el) => el === document.activeElement || el.contains(document.activeElement))) return this.seen()
      await this.press(key)
    }
    throw new Error(`${most} times ${key} do not reach ${target.toString()}; the focus is at ${await this.where()}`)
  }

  /** Runs a command of the palette by the words that name it. */
  async command(words: string, title = words): Promise<void> {
    await this.press('ControlOrMeta+k')
    const palette = this.page.getByRole('dialog', { name: 'Search and commands' })
    await palette.getByRole('combobox').waitFor()
    await this.page.waitForFunction(() => document.activeElement?.getAttribute('role') === 'combobox')
    await this.type(words)
    await palette.getByRole('option', { name: title, selected: true }).waitFor()
    await this.press('Enter')
    await palette.waitFor({ state: 'hidden' })
  }

  /** Where the focus is, in words. */
  where(): Promise<string> {
    return this.page.evaluate(() => document.activeElement?.outerHTML.slice(0, 200) ?? 'nowhere')
  }

  /** Fails where the focus has no mark: an outline or a ring at the element, or at the frame that stands for it. */
  private async seen(): Promise<void> {
    const marked = await this.page.evaluate(() => {
      for (let el = document.activeElement, i = 0; el && i < 4; el = el.parentElement, i++) {
        const style = getComputedStyle(el)
        if (style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0) return true
        if (/is-focus|el-input__wrapper/.test(el.className) && style.boxShadow !== 'none') return true
      }
      return false
    })
    if (!marked) throw new Error(`the focus cannot be seen at ${await this.where()}`)
  }
}
