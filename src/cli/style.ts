import { styleText } from 'node:util';

/** Text for a terminal. Node leaves out the style in a pipe, and where NO_COLOR is set. */
const styled = (style: 'red' | 'green' | 'yellow' | 'bold' | 'dim' | 'cyan') => (text: string) =>
  styleText(style, text, { stream: process.stdout });

export const red = styled('red');
export const green = styled('green');
export const yellow = styled('yellow');
export const bold = styled('bold');
export const dim = styled('dim');
export const cyan = styled('cyan');
