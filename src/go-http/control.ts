/** Whether there is an ASCII control character; a tab is one unless `tabs` are allowed. */
export function hasControl(text: string, tabs: 'tabs' | 'no-tabs'): boolean {
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    if ((code < 0x20 && !(code === 9 && tabs === 'tabs')) || code === 0x7f) return true
  }
  return false
}
