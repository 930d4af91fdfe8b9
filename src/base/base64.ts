const isDigit = new Uint8Array(128)
for (const digit of 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/') isDigit[digit.charCodeAt(0)] = 1
const [lineFeed, carriageReturn, padding] = [10, 13, 61]

/**
 * Where a text stops being base64 as Go's base64.StdEncoding has it (padded, line ends anywhere between), in bytes from its begin; undefined when it is.
 * One pass. Go names the same place: `illegal base64 data at input byte N`.
 */
export function base64Fault(text: string): number | undefined {
  let inGroup = 0
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at)
    if (isDigit[code] === 1) inGroup = (inGroup + 1) % 4
    else if (code === padding) return paddingFault(text, at, inGroup)
    else if (code !== lineFeed && code !== carriageReturn) return at
  }
  return inGroup === 0 ? undefined : text.length - inGroup
}

/** Of the text from its first `=` on, after so many digits of the last group. */
function paddingFault(text: string, first: number, inGroup: number): number | undefined {
  if (inGroup < 2) return first
  let at = afterLineEnds(text, first + 1)
  if (inGroup === 2) {
    if (at === text.length) return at
    if (text.charCodeAt(at) !== padding) return at - 1
    at = afterLineEnds(text, at + 1)
  }
  return at < text.length ? at : undefined
}

function afterLineEnds(text: string, from: number): number {
  let at = from
  while (text.charCodeAt(at) === lineFeed || text.charCodeAt(at) === carriageReturn) at += 1
  return at
}
