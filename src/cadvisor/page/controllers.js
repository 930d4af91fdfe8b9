import { el, say } from './dom.js'

const head = [
  ['Controller', ''],
  ['State', 'w-m'],
  ['Queue', 'w-s number'],
  ['At work', 'w-s number hide-narrow'],
  ['Handled', 'w-s number hide-narrow'],
  ['Retries', 'w-s number hide-narrow'],
  ['Time a key', 'w-m number hide-narrow'],
  ['Last keys, newest first', 'w-l hide-narrow'],
]
const tones = { running: 'good', failed: 'bad' }

/** The controllers of the control plane in the agent's process: what waits for each, what it did, and how long that took. Not there where there is none. */
export class Controllers {
  root = el('div', { hidden: true })
  #title = el('h2', {}, 'Controllers')
  #body = el('tbody')
  #rows = new Map()

  constructor() {
    const cells = head.map(([name, kind]) => el('th', { scope: 'col', class: kind }, name))
    const table = el('table', {}, el('thead', {}, el('tr', {}, ...cells)), this.#body)
    this.root.append(el('div', { class: 'bar' }, this.#title), el('div', { class: 'panel list' }, table))
  }

  /** Those that match all words. */
  draw(controllers, words) {
    this.root.hidden = controllers.length === 0
    const found = controllers.filter(({ name, life, recent }) => {
      const text = `${name} ${life} ${recent.join(' ')}`.toLowerCase()
      return words.every((word) => text.includes(word))
    })
    say(this.#title, `${found.length === controllers.length ? found.length : `${found.length} of ${controllers.length}`} controllers`)
    const shown = found.map((each) => this.#row(each))
    const before = [...this.#body.children]
    if (shown.length !== before.length || shown.some((row, index) => row !== before[index])) this.#body.replaceChildren(...shown)
  }

  #row({ name, life, restarts, queued, running, handled, retries, meanMs, longestMs, recent }) {
    let row = this.#rows.get(name)
    if (!row) {
      const kinds = ['', '', 'number', 'number hide-narrow', 'number hide-narrow', 'number hide-narrow', 'number hide-narrow', 'hide-narrow soft']
      row = el('tr', {}, ...kinds.map((kind) => el('td', { class: kind })))
      row.firstChild.append(name)
      row.firstChild.title = name
      row.children[1].append(el('span', { class: 'status' }, el('span', { class: 'dot' }), el('span', { class: 'word' })))
      this.#rows.set(name, row)
    }
    const [, state, waiting, working, done, failed, time, last] = row.children
    state.firstChild.className = `status ${tones[life] ?? 'waiting'}`
    say(state.firstChild.lastChild, restarts > 0 ? `${life}, ${restarts} restarts` : life)
    say(waiting, String(queued))
    waiting.className = `number${queued > 50 ? ' hot' : ''}`
    say(working, String(running))
    say(done, String(handled))
    say(failed, String(retries))
    failed.className = `number hide-narrow${retries > 0 ? ' hot' : ''}`
    say(time, handled === 0 ? '' : milliseconds(meanMs))
    time.title = handled === 0 ? '' : `the slowest ${milliseconds(longestMs)}`
    const keys = [...recent].reverse().join(', ')
    say(last, keys)
    last.title = keys
    return row
  }
}

const milliseconds = (ms) => `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`
