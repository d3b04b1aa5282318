import { readFileSync, mkdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const shots = process.env.BYLAW_TEST_SHOTS ?? '' // a folder for pictures of every page; none are made without it

let browser: Browser | undefined

export interface Look {
  lang?: 'zh' | 'en'
  theme?: 'light' | 'dark'
  width?: number
}

/** A browser window of its own, that keeps what must not happen: console errors, policy reports, failed requests. */
export class Window {
  readonly bad: string[] = []
  private constructor(readonly context: BrowserContext, readonly page: Page) {}

  static async open(url: string, look: Look = {}): Promise<Window> {
    browser ??= await chromium.launch({
      executablePath: process.env.BYLAW_TEST_CHROMIUM ?? '/usr/bin/chromium',
      args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
    })
    const context = await browser.newContext({ baseURL: `${url}/`, viewport: { width: look.width ?? 1440, height: 900 }, colorScheme: look.theme ?? 'light', locale: look.lang === 'zh' ? 'zh-CN' : 'en-US', timezoneId: 'Asia/Shanghai' })
    const window = new Window(context, await context.newPage())
    window.page.setDefaultTimeout(15_000)
    window.page.on('pageerror', (e) => window.bad.push(`error: ${e.message}`))
    window.page.on('console', (m) => {
      if (m.type() === 'error' || m.type() === 'warning') window.bad.push(`console ${m.type()}: ${m.text()}`)
    })
    window.page.on('requestfailed', (r) => {
      const why = r.failure()?.errorText ?? ''
      if (why !== 'net::ERR_ABORTED') window.bad.push(`request failed: ${r.url()} ${why}`) // leaving a page ends what it still asked
    })
    return window
  }

  /** Opens a page of the console and waits until it is quiet. */
  async go(path: string): Promise<void> {
    await this.page.goto(path.replace(/^\//, ''))
    await this.quiet()
  }

  async quiet(): Promise<void> {
    await this.page.waitForLoadState('networkidle')
    await this.page.locator('.el-skeleton').first().waitFor({ state: 'detached' }).catch(() => {})
  }

  /** What axe finds against WCAG 2.2 A and AA on the page as it is. */
  async violations(): Promise<string[]> {
    // What fades in is judged when it is there; what never ends, such as a spinner, is not waited for.
    await this.page.evaluate(() => Promise.race([Promise.all(document.getAnimations().map((one) => one.finished.catch(() => {}))), new Promise((go) => setTimeout(go, 1000))]).then(() => 0))
    await this.page.evaluate(`${axe};0`)
    return this.page.evaluate(async () => {
      const run = (window as unknown as { axe: { run(d: Document, o: object): Promise<{ violations: { id: string; nodes: { html: string; failureSummary: string }[] }[] }> } }).axe.run
      const found = await run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] })
      return found.violations.map((v) => `${v.id}: ${v.nodes.length} times, first ${v.nodes[0]?.html.slice(0, 200)} ${v.nodes[0]?.failureSummary.slice(0, 300)}`)
    })
  }

  /** How much the page is wider than the window: nothing may be. */
  async overflow(): Promise<number> {
    return this.page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
  }

  /** A picture of the page, when they are wanted. */
  async shot(name: string): Promise<void> {
    if (!shots) return
    mkdirSync(shots, { recursive: true })
    await this.page.screenshot({ path: join(shots, `${name}.png`) })
  }

  /** What must not happen since the last call, without what a test caused by intent. */
  take(...intended: RegExp[]): string[] {
    return this.bad.splice(0).filter((line) => !intended.some((one) => one.test(line)))
  }

  async close(): Promise<void> {
    await this.context.close()
  }
}

export async function closeBrowser(): Promise<void> {
  await browser?.close()
  browser = undefined
}
