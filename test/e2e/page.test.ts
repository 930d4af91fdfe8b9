import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { Browser } from '../support/browser.ts'
import { freePort } from '../support/free-port.ts'
import { busyboxImage } from '../support/images.ts'
import { LiveNode } from '../support/live-node.ts'
import { PodWatch } from '../support/pod-watch.ts'
import { waitUntil } from '../support/wait-until.ts'

// Functions given to the browser run there; these tests are compiled without its library.
// biome-ignore lint/suspicious/noExplicitAny: see above.
declare const document: any
declare const location: { readonly hash: string }
declare const innerWidth: number
declare const MutationObserver: new (changed: () => void) => { observe(of: unknown, what: object): void }
/** When a row first came, first told that its pod runs, and went, by the page's clock. */
declare let rowTimes: { came?: number; running?: number; gone?: number }
declare const getComputedStyle: (of: unknown) => { readonly backgroundColor: string }

let node: LiveNode
let browser: Browser
let url = ''
let pictures = ''

const { page } = { page: () => browser.page }
/** What the table's row of that pod shows; undefined when it has none. */
const rowOf = (name: string) =>
  page().evaluate((wanted) => {
    const row = [...document.querySelectorAll('.rows .row')].find((each) => each.querySelector('.label b')?.textContent === wanted)
    return row && { text: row.innerText.replaceAll('\n', ' '), line: row.querySelector('.trend.cpu path:last-child')?.getAttribute('d') ?? '' }
  }, name)
const names = () => page().evaluate(() => [...document.querySelectorAll('.rows .row:not(.root) .label b')].map(({ textContent }) => textContent))
const focused = () => page().evaluate(() => document.activeElement?.getAttribute('role') ?? document.activeElement?.tagName)
const until = (what: string, holds: () => Promise<unknown>) =>
  waitUntil(what, async () => Boolean(await holds()), { seen: () => page().evaluate(() => document.body.innerText.slice(0, 1500)) })

before(async () => {
  // The agent is asked for it by name, so one that is not free is an error.
  const port = await freePort()
  url = `http://127.0.0.1:${port}`
  pictures = await mkdtemp(join(tmpdir(), 'page-pictures-'))
  node = await LiveNode.start('--cadvisor-port', String(port))
  await node.ready('busy', {
    containers: [{ name: 'c', image: busyboxImage, command: ['sh', '-c', 'while :; do :; done'], resources: { limits: { cpu: '200m', memory: '64Mi' } } }],
  })
  browser = await Browser.start()
  await page().setViewport({ width: 1440, height: 900 })
  await page().goto(`${url}/`)
  await page().waitForSelector('html[data-ready]')
})
after(async () => {
  await browser?.[Symbol.asyncDispose]()
  await node?.[Symbol.asyncDispose]()
  await rm(pictures, { recursive: true, force: true })
})

test('the page shows the node, and charts move', async () => {
  assert.match(await page().title(), /^e2e-node/)
  await until('the node to be ready', () => page().evaluate(() => document.querySelector('.conditions')?.textContent?.includes('Ready')))
  await until('a line of the busy pod', async () => ((await rowOf('busy'))?.line.length ?? 0) > 20)
  const first = (await rowOf('busy'))?.line
  await until('another line', async () => (await rowOf('busy'))?.line !== first)
  // Held at 200m, and throttled all the time.
  await until('its figures', async () => /\b([5-9]\d|1\d\d|2[0-4]\d)m\b.* \d{2,3} %/.test((await rowOf('busy'))?.text ?? ''))
  const canvases = await page().evaluate(() =>
    [...document.querySelectorAll('canvas')].map((canvas) => {
      const pixels = canvas.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height).data ?? []
      return pixels.some((value: number) => value !== 0)
    }),
  )
  assert.deepEqual(canvases, [true, true, true, true, true])
})

test('a pod that starts, and one that goes, are there within two seconds', async () => {
  // The page itself takes the time as its rows change: how soon a test comes to look does not count.
  await page().evaluate(() => {
    rowTimes = {}
    new MutationObserver(() => {
      const row = [...document.querySelectorAll('.rows .row')].find((each) => each.querySelector('.label b')?.textContent === 'newcomer')
      if (row) rowTimes.came ??= Date.now()
      if (row?.innerText.includes('Running')) rowTimes.running ??= Date.now()
      if (!row && rowTimes.came) rowTimes.gone ??= Date.now()
    }).observe(document.body, { subtree: true, childList: true, characterData: true })
  })
  using watch = new PodWatch(join(node.state, 'kubeconfig'))
  await waitUntil('the watch', () => watch.timesOf('busy').came)
  await node.run('newcomer', {})
  await until('it to run', async () => (await rowOf('newcomer'))?.text.includes('Running'))
  await node.kubectl.ok(['delete', 'pod', 'newcomer', '--wait=true', '--grace-period=1'])
  await until('its row to go', async () => !(await rowOf('newcomer')))
  await waitUntil('the watch to tell its end', () => watch.timesOf('newcomer').gone)
  const [shown, told] = [await page().evaluate(() => rowTimes), watch.timesOf('newcomer')]
  for (const moment of ['came', 'running', 'gone'] as const) {
    const late = (shown[moment] ?? Number.NaN) - (told[moment] ?? Number.NaN)
    assert.ok(late < 2000, `${moment}: on the page ${late} ms after a watch of the API server told it`)
  }
})

test('restarts and the last exit are shown', async () => {
  await node.run('failing', { containers: [{ name: 'c', image: busyboxImage, command: ['sh', '-c', 'sleep 1; exit 3'] }] })
  await until('its restart', async () => /exit 3/.test((await rowOf('failing'))?.text ?? ''))
})

test('the keyboard searches, sorts, walks the tree and opens details', async () => {
  const keyboard = page().keyboard
  await keyboard.press('/')
  await keyboard.type('default/busy')
  await until('one pod', async () => (await names()).join() === 'busy')
  assert.match((await page().$eval('#announce', (each) => each.textContent)) ?? '', /^1 of \d+ pods/)
  await keyboard.press('ArrowDown')
  assert.equal(await focused(), 'treegrid')
  await keyboard.press('ArrowRight')
  await until('its container', async () => (await names()).join() === 'busy,c')
  assert.equal(
    await page().$eval('[role=treegrid]', (grid) => document.getElementById(grid.getAttribute('aria-activedescendant') ?? '')?.getAttribute('aria-expanded')),
    'true',
  )
  await keyboard.press('ArrowDown')
  await keyboard.press('Enter')
  await until('the container', () => page().evaluate(() => /^#\/pod\/[^/]+\/c$/.test(location.hash)))
  await until('its charts', () => page().evaluate(() => document.querySelectorAll('.chart canvas').length === 7))
  assert.match(await page().$eval('.facts-grid', (each) => (each as unknown as { readonly innerText: string }).innerText), /64\.0 MiB/)
  await keyboard.press('Escape')
  await until('the table', () => page().$('[role=treegrid]'))
  await keyboard.press('/')
  await keyboard.press('Escape')
  await until('all pods', async () => (await names()).includes('failing'))
  await page().click('.c-cpu button')
  await until('the busiest first', async () => (await names())[0] === 'busy')
  assert.equal(await page().$eval('.head .c-cpu', (each) => each.getAttribute('aria-sort')), 'descending')
})

test('a pod tells what its containers take of the disk', async () => {
  const { metadata } = await node.pod('busy')
  await page().goto(`${url}/#/pod/${metadata?.uid}`)
  await until('its storage', () =>
    page().evaluate(() => /writable layer.*logs|logs.*writable layer/s.test(document.querySelector('#content')?.textContent ?? '')),
  )
  assert.match(await page().$eval('#content h2', (each) => each.textContent), /^busy$/)
})

test('an address of what is not there says so, and draws nothing', async () => {
  await page().goto(`${url}/#/pod/none`)
  await until('the word', () => page().evaluate(() => /knows of no such pod/.test(document.querySelector('#content')?.textContent ?? '')))
  assert.equal(await page().evaluate(() => document.querySelectorAll('#content canvas').length), 0)
  assert.deepEqual(browser.complaints, [])
})

test('why a container does not run is on its pod’s page', async () => {
  await node.run('unpullable', { containers: [{ name: 'c', image: '127.0.0.1:1/nothing:1' }] })
  const { metadata } = await node.pod('unpullable')
  await page().goto(`${url}/#/`)
  await until('its row', () => rowOf('unpullable'))
  await page().goto(`${url}/#/pod/${metadata?.uid}`)
  await until('the reason', () => page().evaluate(() => /Why c does not run.*nothing:1/s.test(document.querySelector('#content')?.textContent ?? '')))
  await node.kubectl.ok(['delete', 'pod', 'unpullable', '--wait=false', '--grace-period=1'])
})

test('who leaves and comes back, again and again, leaves no connection behind', async () => {
  // Chromium opens six to a host.
  for (let time = 0; time < 8; time += 1) {
    await page().goto('about:blank')
    await page().goto(`${url}/`)
    await page().waitForSelector('html[data-ready]')
  }
  await page().goBack()
  await page().goForward()
  await page().waitForSelector('html[data-ready]')
  await until('it to be live', () => page().evaluate(() => document.querySelector('.live.good') !== null))
})

test('the actors are shown with their threads and last messages', async () => {
  await page().goto(`${url}/#/actors`)
  const text = () => page().evaluate(() => document.querySelector('#content')?.textContent ?? '')
  await until('the actors', async () => /Thread 0.*node\/director.*busy/s.test(await text()))
  assert.match(await text(), /Sample/)
})

test('it fits, light and dark, from a phone to a wide screen', async () => {
  for (const [width, height] of [
    [360, 780],
    [390, 844],
    [800, 900],
    [801, 1180],
    [1181, 800],
    [1431, 900],
    [1440, 900],
    [1600, 1000],
  ] as const)
    for (const scheme of ['light', 'dark'])
      for (const [name, hash] of [
        ['pods', '#/'],
        ['actors', '#/actors'],
      ]) {
        await page().setViewport({ width, height })
        await page().emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }])
        await page().goto(`${url}/${hash}`)
        await page().waitForSelector(name === 'pods' ? '.rows .row' : '.list td')
        const seen = await page().evaluate(() => ({
          over: document.documentElement.scrollWidth - innerWidth,
          ground: getComputedStyle(document.body).backgroundColor,
        }))
        assert.ok(seen.over <= 0, `${name} at ${width}: ${seen.over} px too wide`)
        assert.equal(seen.ground === 'rgb(14, 17, 19)', scheme === 'dark')
        const picture = await page().screenshot({ path: join(pictures, `${name}-${width}-${scheme}.png`) as `${string}.png` })
        assert.ok(picture.length > 5000)
      }
})

test('the API tells of the same containers, and nothing on the page went wrong', async () => {
  const found = (await (await fetch(`${url}/api/v1.3/docker/`)).json()) as Record<string, { aliases: string[]; stats: { cpu: { usage: { total: number } } }[] }>
  const busy = Object.values(found).find(({ aliases }) => aliases.some((alias) => alias.startsWith('k8s_c_busy_default_')))
  assert.ok((busy?.stats.at(-1)?.cpu.usage.total ?? 0) > 1e8)
  const ps = (await (await fetch(`${url}/api/v2.1/ps${Object.keys(found).find((name) => found[name] === busy)}`)).json()) as { cmd: string }[]
  assert.deepEqual(
    ps.map(({ cmd }) => cmd),
    ['sh'],
  )
  assert.match(await (await fetch(`${url}/metrics`)).text(), /container_memory_working_set_bytes\{container="c",.*pod="busy"/)
  assert.deepEqual(browser.complaints, [])
})
