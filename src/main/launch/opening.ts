/** How a window comes to a page whose address is a secret: command lines can be read by every user of a machine. */
export interface Opening {
  /** An address without a secret, for the command line. */
  readonly waiting: string;
  /** The address that the window is then sent on to over a private channel. It works once and soon ends. */
  address(): string;
}
