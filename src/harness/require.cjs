/**
 * `require('podsteward/harness')`. Node itself can require an ES module that has no top-level await; Jest's own `require` cannot without a flag, and hides
 * Node's, which is had from the process's own context. Whoever asks gets the one same module.
 */
const { runInThisContext } = require('node:vm')

const { createRequire } = runInThisContext('process').getBuiltinModule('node:module')

module.exports = createRequire(__filename)('./harness.js')
