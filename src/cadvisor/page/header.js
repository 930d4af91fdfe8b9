import { el, mark, say } from './dom.js'
import { age, bytes } from './format.js'

/** Shown names of the node's conditions: what is asked for is the quiet state. */
const shortNames = { MemoryPressure: 'Memory', DiskPressure: 'Disk', PIDPressure: 'PIDs', NetworkUnavailable: 'Network' }

/** Node name, conditions, versions, uptime, and whether the page is live. */
export class Header {
  #store
  #name = el('h1', {}, '…')
  #conditions = el('ul', { class: 'conditions', 'aria-label': 'Conditions' })
  #facts = el('span')
  #live = el('span', { class: 'live waiting' }, el('span', { class: 'dot' }), el('span', { class: 'word' }, 'connecting'))
  #links = { pods: el('a', { href: '#/' }, 'Pods'), actors: el('a', { href: '#/actors' }, 'Actors') }
  #shown = ''

  constructor(root, store) {
    this.#store = store
    root.append(
      el('div', { class: 'title' }, el('img', { src: '/favicon.svg', alt: '' }), el('div', {}, this.#name, el('p', {}, 'podsteward node'))),
      this.#conditions,
      el('nav', { class: 'nav', 'aria-label': 'Views' }, this.#links.pods, this.#links.actors),
      el('div', { class: 'facts' }, this.#facts, this.#live),
    )
    setInterval(() => this.draw(), 10_000)
  }

  view(name) {
    mark(this.#links.pods, 'aria-current', name === 'actors' ? null : 'page')
    mark(this.#links.actors, 'aria-current', name === 'actors' ? 'page' : null)
  }

  online(yes) {
    this.#live.className = yes ? 'live good' : 'live bad'
    say(this.#live.lastChild, yes ? 'live' : 'connection lost, trying again')
  }

  draw() {
    const { node } = this.#store
    if (!node) return
    say(this.#name, node.name)
    document.title = `${node.name} · podsteward`
    const facts = [
      node.version,
      node.engine,
      `${node.os}, Linux ${node.kernel}, ${node.architecture}`,
      `${node.cores} cores, ${bytes(node.memoryBytes)}`,
      node.addresses.join(', '),
      `up ${age(this.#store.now() - node.bootedAt)}, agent ${age(this.#store.now() - node.agentStartedAt)}`,
    ]
    say(this.#facts, facts.filter((fact) => fact).join('  ·  '))
    const conditions = JSON.stringify([node.conditions, node.unschedulable])
    if (conditions === this.#shown) return
    this.#shown = conditions
    const ready = node.conditions.find(({ type }) => type === 'Ready')
    const others = node.conditions.filter(({ type }) => type !== 'Ready')
    this.#conditions.replaceChildren(
      chip(ready?.status === 'True' ? 'good' : 'bad', ready?.status === 'True' ? 'Ready' : `Not ready${ready ? `: ${ready.reason}` : ''}`, ready),
      ...(node.unschedulable ? [chip('waiting', 'Cordoned')] : []),
      ...others.map((each) =>
        chip(each.status === 'False' ? 'good' : 'bad', each.status === 'False' ? `${shortNames[each.type] ?? each.type} fine` : each.type, each),
      ),
    )
  }
}

const chip = (tone, text, condition) =>
  el(
    'li',
    { class: `chip ${tone}`, title: condition ? `${condition.type}: ${condition.status}, ${condition.reason}. ${condition.message}` : undefined },
    el('span', { class: 'dot' }),
    text,
  )
