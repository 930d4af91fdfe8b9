/** A refusal with its HTTP status; the message is shown to the user by kubectl. */
export class ServingError extends Error {
  override readonly name = 'ServingError'
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}
