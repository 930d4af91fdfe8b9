import { RowView } from './cells.js'
import { el, mark, say } from './dom.js'
import { columns, rowsOf } from './rows.js'

/** The tree node → pod → container, as a table of which only the rows in sight exist. */
export class Table {
  root = el('div')
  #store
  #detail
  #grid = el('div', { class: 'panel grid', role: 'treegrid', tabindex: '0', 'aria-label': 'Pods and their containers' })
  #head = el('div', { class: 'row head', role: 'row', 'aria-rowindex': '1' })
  #body = el('div', { class: 'rows', role: 'rowgroup' })
  #empty = el('p', { class: 'empty', hidden: true })
  #title = el('h2')
  #search = el('input', {
    type: 'search',
    placeholder: 'Search pods, containers, images',
    'aria-label': 'Search pods',
    autocomplete: 'off',
    spellcheck: 'false',
  })
  #order = el('select', { class: 'order', 'aria-label': 'Sort by' })
  #open = new Set()
  #sort = 'name'
  #descending = false
  #picked = ''
  #rows = []
  #views = new Map()
  #spare = []
  #held = false
  #announce
  #frame = 0

  constructor(store, detail, announce) {
    this.#store = store
    this.#detail = detail
    this.#announce = announce
    for (const column of columns) {
      const button = el('button', { type: 'button', onclick: () => this.#sortBy(column.key) }, column.title)
      this.#head.append(el('div', { class: `cell c-${column.key}${column.number ? ' number' : ''}`, role: 'columnheader' }, button))
      this.#order.append(el('option', { value: column.key }, column.title.replace(/ [↓/].*$/, '')))
    }
    this.#grid.append(this.#head, this.#body)
    const search = el('label', { class: 'search' }, this.#search, el('kbd', {}, '/'))
    this.root.append(el('div', { class: 'bar' }, this.#title, search, this.#order), this.#grid, this.#empty)
    this.#search.addEventListener('input', () => this.#searched())
    this.#search.addEventListener('keydown', (event) => this.#inSearch(event))
    this.#order.addEventListener('change', () => this.#sortBy(this.#order.value))
    this.#grid.addEventListener('keydown', (event) => this.#key(event))
    this.#body.addEventListener('click', (event) => this.#click(event))
    // Rows do not move away from under the pointer.
    this.#body.addEventListener('pointerenter', () => this.#hold(true))
    this.#body.addEventListener('pointerleave', () => this.#hold(false))
    addEventListener('scroll', () => this.#soon(), { passive: true })
    addEventListener('resize', () => this.#soon())
    this.#headers()
  }

  focusSearch() {
    this.#search.focus()
    this.#search.select()
  }

  focus() {
    this.#grid.focus({ preventScroll: true })
  }

  /** The data changed. */
  update() {
    const { rows, found } = rowsOf(this.#store, { search: this.#search.value, sort: this.#sort, descending: this.#descending, open: this.#open })
    this.#rows = this.#held ? inOrderOf(rows, this.#rows) : rows
    const { size } = this.#store.pods
    const unwell = [...this.#store.pods.values()].filter(({ health }) => health === 'bad').length
    say(this.#title, `${found === size ? size : `${found} of ${size}`} ${size === 1 ? 'pod' : 'pods'}${unwell > 0 ? `, ${unwell} in trouble` : ''}`)
    this.#empty.hidden = found > 0
    say(
      this.#empty,
      size === 0 ? 'No pod is bound to this node yet. It will be here the moment it is.' : `No pod matches “${this.#search.value}”. Esc clears the search.`,
    )
    this.#draw()
  }

  #soon() {
    if (this.#frame || !this.root.isConnected) return
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0
      this.#draw()
    })
  }

  #rowHeight() {
    return matchMedia('(max-width: 800px)').matches ? 84 : 44
  }

  #draw() {
    if (!this.root.isConnected) return
    const height = this.#rowHeight()
    this.#body.style.height = `${this.#rows.length * height}px`
    mark(this.#grid, 'aria-rowcount', this.#rows.length + 1)
    const top = -this.#body.getBoundingClientRect().top
    const first = Math.max(0, Math.floor(top / height) - 4)
    const last = Math.min(this.#rows.length, Math.ceil((top + innerHeight) / height) + 4)
    const seen = this.#rows.slice(first, last)
    const keys = new Set(seen.map(({ key }) => key))
    for (const [key, view] of this.#views) {
      if (keys.has(key)) continue
      view.root.remove()
      this.#views.delete(key)
      this.#spare.push(view)
    }
    for (const [offset, row] of seen.entries()) {
      let view = this.#views.get(row.key)
      if (!view) {
        view = this.#spare.pop() ?? new RowView()
        this.#views.set(row.key, view)
        this.#body.append(view.root)
      }
      const index = first + offset
      view.root.style.transform = `translateY(${index * height}px)`
      view.draw(row, index, { store: this.#store, open: row.pod && this.#open.has(row.pod.uid), picked: row.key === this.#picked })
    }
    const active = this.#views.get(this.#picked)
    mark(this.#grid, 'aria-activedescendant', active ? active.root.id : null)
  }

  #hold(yes) {
    this.#held = yes
    if (!yes) this.update()
  }

  #sortBy(key) {
    const column = columns.find((each) => each.key === key)
    this.#descending = this.#sort === key ? !this.#descending : Boolean(column.number)
    this.#sort = key
    this.#headers()
    this.update()
    this.#announce(`sorted by ${column.title}, ${this.#descending ? 'descending' : 'ascending'}`)
  }

  #headers() {
    for (const [index, cell] of [...this.#head.children].entries())
      mark(cell, 'aria-sort', columns[index].key === this.#sort ? (this.#descending ? 'descending' : 'ascending') : null)
    this.#order.value = this.#sort
  }

  #searched() {
    this.update()
    this.#announce(this.#title.textContent)
  }

  #inSearch(event) {
    if (event.key === 'Escape') {
      event.stopPropagation()
      if (this.#search.value === '') return this.#search.blur()
      this.#search.value = ''
      this.#searched()
    } else if (event.key === 'ArrowDown' || event.key === 'Enter') {
      event.preventDefault()
      this.focus()
      if (!this.#rows.some(({ key }) => key === this.#picked)) this.#pick(Math.min(1, this.#rows.length - 1))
    }
  }

  #key(event) {
    if (event.target !== this.#grid || event.ctrlKey || event.metaKey || event.altKey) return
    const index = this.#rows.findIndex(({ key }) => key === this.#picked)
    const row = this.#rows[index]
    const page = Math.max(1, Math.floor(innerHeight / this.#rowHeight()) - 3)
    const moves = { ArrowDown: index + 1, ArrowUp: index - 1, Home: 0, End: this.#rows.length - 1, PageDown: index + page, PageUp: index - page }
    if (event.key in moves) this.#pick(Math.max(0, Math.min(this.#rows.length - 1, moves[event.key])))
    else if (event.key === 'ArrowRight' && row?.kind === 'pod') this.#toggle(row, true)
    else if (event.key === 'ArrowLeft' && row?.kind === 'pod') this.#toggle(row, false)
    else if (event.key === 'ArrowLeft' && row?.kind === 'container') this.#pick(this.#rows.findIndex(({ key }) => key === String(row.pod.id)))
    else if (event.key === 'Enter' && row) this.#enter(row)
    else return
    event.preventDefault()
  }

  #pick(index) {
    const row = this.#rows[index]
    if (!row) return
    this.#picked = row.key
    const height = this.#rowHeight()
    const top = this.#body.getBoundingClientRect().top + index * height
    if (top < 40) scrollBy(0, top - 60)
    else if (top + height > innerHeight) scrollBy(0, top + height - innerHeight + 12)
    this.#draw()
  }

  #toggle({ pod }, open) {
    if (open) this.#open.add(pod.uid)
    else this.#open.delete(pod.uid)
    const held = this.#held
    this.#held = false
    this.update()
    this.#held = held
  }

  #enter(row) {
    if (row.kind !== 'node') this.#detail(row.pod, row.container)
  }

  #click(event) {
    const element = event.target.closest('.row')
    const row = element?.view?.row
    if (!row) return
    this.#picked = row.key
    if (event.target.closest('.twist')) this.#toggle(row, !this.#open.has(row.pod.uid))
    else this.#enter(row)
    this.#draw()
  }
}

/** Known pods stay where they are, with their containers; new ones come last. */
function inOrderOf(rows, before) {
  const ranks = new Map(before.map(({ key }, index) => [key, index]))
  const rank = ({ kind, key, pod }) => (kind === 'container' ? (ranks.get(String(pod.id)) ?? before.length) : (ranks.get(key) ?? before.length))
  return rows
    .map((row, index) => ({ row, index, rank: rank(row) }))
    .sort((one, other) => one.rank - other.rank || one.index - other.index)
    .map(({ row }) => row)
}
