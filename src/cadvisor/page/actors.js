import { Controllers } from './controllers.js'
import { el, say } from './dom.js'
import { ask } from './stream.js'

/** Rows that are drawn at most; the search finds the others. */
const most = 300

/** Where each actor lives, what waits for it and what it did last. Asked for while it is looked at. */
export class Actors {
  root = el('div')
  #store
  #cards = el('div', { class: 'actors' })
  #controllers = new Controllers()
  #body = el('tbody')
  #title = el('h2', {}, 'Actors')
  #search = el('input', {
    type: 'search',
    placeholder: 'Search actors, pods, messages',
    'aria-label': 'Search actors',
    autocomplete: 'off',
    spellcheck: 'false',
  })
  #timer
  #seen
  #rows = new Map()

  constructor(store) {
    this.#store = store
    const head = [
      ['Actor', ''],
      ['Thread', 'w-s'],
      ['State', 'w-m'],
      ['Mailbox', 'w-s number'],
      ['Handled', 'w-s number hide-narrow'],
      ['Restarts', 'w-s number hide-narrow'],
      ['Last messages, newest first', 'w-l hide-narrow'],
    ]
    this.root.append(
      el('div', { class: 'bar' }, this.#title, el('label', { class: 'search' }, this.#search, el('kbd', {}, '/'))),
      this.#cards,
      el(
        'div',
        { class: 'panel list' },
        el('table', {}, el('thead', {}, el('tr', {}, ...head.map(([name, kind]) => el('th', { scope: 'col', class: kind }, name)))), this.#body),
      ),
      this.#controllers.root,
    )
    this.#search.addEventListener('input', () => this.#draw())
    this.#search.addEventListener('keydown', (event) => {
      if (event.key !== 'Escape' || this.#search.value === '') return
      event.stopPropagation()
      this.#search.value = ''
      this.#draw()
    })
    void this.#load()
  }

  focusSearch() {
    this.#search.focus()
  }

  focus() {}

  update() {}

  close() {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#closed = true
  }

  #closed = false

  async #load() {
    try {
      if (!document.hidden) this.#seen = await ask('/live/actors')
    } catch {
      // The header says that the node does not answer.
    }
    if (this.#closed) return
    this.#draw()
    this.#timer = setTimeout(() => this.#load(), 2000)
  }

  #draw() {
    if (!this.#seen) return
    const { hosts, mailbox, actors, controllers } = this.#seen
    const queued = (host) => actors.reduce((sum, each) => sum + (each.host === host ? each.queued : 0), 0)
    const card = (title, big, more) => el('div', { class: 'panel' }, el('h3', {}, title), el('b', {}, big), el('p', { class: 'faint' }, more))
    const own = actors.filter(({ host }) => host === -1).length
    this.#cards.replaceChildren(
      card('Mailbox', `${mailbox.delivered}`, `delivered, ${mailbox.merged} merged, ${mailbox.queued} wait`),
      card('Send to delivery', `${mailbox.latency.p50} ms`, `half of them; 99 % in ${mailbox.latency.p99} ms`),
      card('Faults', `${mailbox.restarts}`, `restarts, ${mailbox.rehomed} moved, ${mailbox.deadLetters} dead letters`),
      card('Node thread', `${own} actors`, `${queued(-1)} messages wait`),
      ...hosts
        .filter(({ index }) => index >= 0)
        .map(({ index, actors: number }) => card(`Thread ${index}`, `${number} actors`, `${queued(index)} messages wait`)),
    )
    const names = new Map([...this.#store.pods.values()].map((pod) => [`pod/${pod.uid}`, pod]))
    const words = this.#search.value.toLowerCase().split(/\s+/).filter(Boolean)
    this.#controllers.draw(controllers, words)
    const found = actors
      .map((actor) => ({ actor, pod: names.get(actor.address) }))
      .filter(({ actor, pod }) => {
        const text = `${actor.address} ${pod ? `${pod.namespace}/${pod.name}` : ''} ${actor.life} ${actor.recent.join(' ')}`.toLowerCase()
        return words.every((word) => text.includes(word))
      })
      .sort(
        (one, other) =>
          other.actor.queued - one.actor.queued ||
          one.actor.host - other.actor.host ||
          (one.pod?.name ?? one.actor.address).localeCompare(other.pod?.name ?? other.actor.address),
      )
    say(
      this.#title,
      `${found.length === actors.length ? actors.length : `${found.length} of ${actors.length}`} actors${found.length > most ? `, ${most} shown` : ''}`,
    )
    const shown = found.slice(0, most).map(({ actor, pod }) => this.#row(actor, pod))
    const before = [...this.#body.children]
    if (shown.length !== before.length || shown.some((row, index) => row !== before[index])) this.#body.replaceChildren(...shown)
    const living = new Set(actors.map(({ address }) => address))
    for (const address of this.#rows.keys()) if (!living.has(address)) this.#rows.delete(address)
  }

  #row(actor, pod) {
    const { address, host, life, queued, handled, restarts, recent } = actor
    let row = this.#rows.get(address)
    if (!row) {
      const kinds = ['', '', '', 'number', 'number hide-narrow', 'number hide-narrow', 'hide-narrow soft']
      row = el('tr', {}, ...kinds.map((kind) => el('td', { class: kind })))
      row.children[2].append(el('span', { class: 'status' }, el('span', { class: 'dot' }), el('span', { class: 'word' })))
      this.#rows.set(address, row)
    }
    const [name, thread, state, waiting, done, failed, last] = row.children
    const text = pod ? pod.name : address
    if (name.said !== text) {
      name.said = text
      name.replaceChildren(pod ? el('a', { href: `#/pod/${pod.uid}` }, pod.name) : address, pod ? el('span', { class: 'faint' }, `  ${pod.namespace}`) : '')
      name.title = address
    }
    say(thread, host < 0 ? 'node' : String(host))
    state.firstChild.className = `status ${life === 'running' ? 'good' : life === 'failed' ? 'bad' : 'waiting'}`
    say(state.firstChild.lastChild, life)
    say(waiting, String(queued))
    waiting.className = `number${queued > 50 ? ' hot' : ''}`
    say(done, String(handled))
    say(failed, String(restarts))
    failed.className = `number hide-narrow${restarts > 0 ? ' hot' : ''}`
    const messages = shorten([...recent].reverse())
    say(last, messages)
    last.title = messages
    return row
  }
}

/** `Sample, Sample, Sample` as `Sample ×3`. */
function shorten(messages) {
  const runs = []
  for (const message of messages) {
    const run = runs.at(-1)
    if (run?.message === message) run.times += 1
    else runs.push({ message, times: 1 })
  }
  return runs.map(({ message, times }) => (times > 1 ? `${message} ×${times}` : message)).join(', ')
}
