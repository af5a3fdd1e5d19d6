/**
 * How long a worker that is told to stop waits for its activities. The program that ends the process must wait longer:
 * a slice ends well within it, so that a shutdown finds every activity finished in good order.
 */
export const shutdownGraceMs = 30_000;
