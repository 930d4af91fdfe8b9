/** Keys that work everywhere: `/` searches, Esc goes back. */
export function listen({ search, back }) {
  addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return
    const typing = event.target instanceof HTMLInputElement || event.target instanceof HTMLSelectElement
    if (event.key === '/' && !typing) {
      event.preventDefault()
      search()
    } else if (event.key === 'Escape') {
      if (typing) event.target.blur()
      else back()
    }
  })
}
