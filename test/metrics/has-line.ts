import assert from 'node:assert/strict'

/** A line of a metrics page, exactly. */
export const has = (text: string, line: string) => assert.ok(text.split('\n').includes(line), `${line}\nis not in\n${text}`)
