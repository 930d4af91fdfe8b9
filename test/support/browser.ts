import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import puppeteer, { type Page } from 'puppeteer-core'

/** A headless Chromium with a profile of its own, which remembers what went wrong in its page. */
export class Browser implements AsyncDisposable {
  readonly page: Page
  /** Errors and warnings of the console, uncaught errors, and requests that failed. */
  readonly complaints: string[] = []
  readonly #close: () => Promise<void>

  private constructor(page: Page, close: () => Promise<void>) {
    this.page = page
    this.#close = close
    page.on('console', (message) => {
      if (['error', 'warn'].includes(message.type())) this.complaints.push(`${message.type()}: ${message.text()}`)
    })
    page.on('pageerror', (error) => this.complaints.push(String(error)))
    page.on('response', (response) => {
      if (response.status() >= 400) this.complaints.push(`${response.status()} ${response.url()}`)
    })
  }

  static async start(): Promise<Browser> {
    const profile = await mkdtemp(join(tmpdir(), 'chromium-'))
    const browser = await puppeteer.launch({
      executablePath: '/usr/bin/chromium',
      headless: true,
      userDataDir: profile,
      args: [
        ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
        ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
      ],
    })
    const page = await browser.newPage()
    return new Browser(page, async () => {
      await browser.close()
      await rm(profile, { recursive: true, force: true, maxRetries: 5 })
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#close()
  }
}
