import { Actors } from './actors.js'
import { Detail } from './detail.js'
import { Header } from './header.js'
import { listen } from './keys.js'
import { Store } from './store.js'
import { follow } from './stream.js'
import { Table } from './table.js'
import { Tiles } from './tiles.js'

const store = new Store()
const content = document.getElementById('content')
const announce = (text) => {
  document.getElementById('announce').textContent = text
}
const header = new Header(document.getElementById('header'), store)
const tiles = new Tiles(document.getElementById('tiles'), store)
const table = new Table(store, (pod, container) => go(`#/pod/${pod.uid}${container ? `/${encodeURIComponent(container.name)}` : ''}`), announce)
let view
let scrolled = 0

const go = (hash) => {
  location.hash = hash
}

/** Shows what the address says: `#/`, `#/actors`, `#/pod/<uid>`, `#/pod/<uid>/<container>`. */
function route() {
  const [, name = '', uid, container] = location.hash.split('/')
  if (view === table) scrolled = scrollY
  if (view !== table) view?.close?.()
  if (name === 'actors') view = new Actors(store)
  else if (name === 'pod' && uid) view = new Detail(store, uid, container === undefined ? undefined : decodeURIComponent(container))
  else view = table
  header.view(name)
  document.documentElement.dataset.view = view === table ? 'pods' : name
  content.replaceChildren(view.root)
  view.update('all')
  scrollTo(0, view === table ? scrolled : 0)
  if (opened) view.focus()
}

let opened = false
let frame = 0
let changes = new Set()

/** What happens in one frame is drawn once. */
store.onChange((what) => {
  changes.add(what)
  if (what === 'all') {
    tiles.opened().catch(() => {})
    if (!opened) {
      route()
      opened = true
      document.documentElement.dataset.ready = 'true'
    }
  }
  if (what === 'sample') tiles.sampled()
  if (frame === 0)
    frame = requestAnimationFrame(() => {
      frame = 0
      const all = changes
      changes = new Set()
      header.draw()
      for (const each of all) view.update(each)
    })
})

listen({
  search() {
    if (view.focusSearch) return view.focusSearch()
    addEventListener('hashchange', () => table.focusSearch(), { once: true })
    go('#/')
  },
  back() {
    if (view !== table) go('#/')
  },
})
addEventListener('hashchange', route)
follow(
  (name, data) => store.told(name, data),
  (yes) => header.online(yes),
)
