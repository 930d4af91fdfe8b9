/** Imported before each test file by `npm test`: a warning that listeners pile up on an emitter is a fault of what is tested, wherever it comes from. */
process.on('warning', (warning) => {
  if (warning.name === 'MaxListenersExceededWarning') throw warning
})
