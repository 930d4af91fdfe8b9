/** Makes an element: `el('a', { href: '#/', class: 'x' }, 'text', child)`. Text is text, never markup. */
export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === false || value === null) continue
    if (name.startsWith('on')) node.addEventListener(name.slice(2), value)
    else node.setAttribute(name, value === true ? '' : value)
  }
  node.append(...children.filter((child) => child !== undefined && child !== null))
  return node
}

/** Writes only what changed: most of a page rests. */
export function say(node, text) {
  if (node.said === text) return
  node.said = text
  node.textContent = text
}

export function mark(node, name, value) {
  const text = value === undefined || value === null ? null : String(value)
  if (node.getAttribute(name) === text) return
  if (text === null) node.removeAttribute(name)
  else node.setAttribute(name, text)
}

export function classed(node, name) {
  if (node.className !== name) node.className = name
}

export const variable = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim()
