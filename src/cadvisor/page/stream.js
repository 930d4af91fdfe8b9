/** A page that nobody sees for this long lets its stream go, and with it the node's faster sampling. */
const patienceMs = 60_000

/** Follows the node's events as long as the page is looked at. `told` gets (name, data); `online` whether the stream stands. */
export function follow(told, online) {
  let source
  let timer
  const open = () => {
    clearTimeout(timer)
    if (source) return
    source = new EventSource('/live/events')
    for (const name of ['open', 'pods', 'sample', 'node']) {
      source.addEventListener(name, (event) => {
        // The browser's own `open` carries nothing.
        if (event.data === undefined) return
        online(true)
        told(name, JSON.parse(event.data))
      })
    }
    source.addEventListener('error', () => {
      online(false)
      // The server said no: the browser does not try again by itself. To a page whose place another took it said when.
      if (source?.readyState === EventSource.CLOSED) {
        close()
        timer = setTimeout(open, 5000)
      }
    })
  }
  const close = () => {
    source?.close()
    source = undefined
  }
  document.addEventListener('visibilitychange', () => {
    if (!document.hidden) open()
    else timer = setTimeout(close, patienceMs)
  })
  // A page that the browser keeps for its Back button would keep its connection too, of which there are six to a host.
  addEventListener('pagehide', () => {
    clearTimeout(timer)
    close()
  })
  addEventListener('pageshow', (event) => {
    if (event.persisted) open()
  })
  open()
}

export async function ask(path) {
  const response = await fetch(path)
  if (!response.ok) throw new Error(await response.text())
  return response.json()
}
