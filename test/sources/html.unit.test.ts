import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { htmlText } from '../../src/sources/text/html-text.ts';
import { never } from './support.ts';

const read = (html: string) =>
  htmlText(html, { host: 'here', outOfTimeAtMs: performance.now() + 60_000, signal: never });
const text = async (html: string) => (await read(html)).text;

describe('what is the text of a page', () => {
  it('its main part, else its only article, else all', async () => {
    const around = (inner: string) => `<body><p>before</p>${inner}<p>after</p></body>`;
    expect(await text(around('<main><p>main</p><article>a</article></main>'))).toBe('main\n\na');
    expect(await text(around('<div role="main"><p>b</p></div>'))).toBe('before\n\nb\n\nafter');
    expect(await text(around('<article><p>one</p><article>comment</article></article>'))).toBe('one\n\ncomment');
    expect(await text(around('<article>one</article><article>two</article>'))).toBe('before\n\none\n\ntwo\n\nafter');
    expect(await text(around('<main></main>'))).toBe('before\n\nafter');
  });

  it('no menus, scripts, forms or what is hidden', async () => {
    const noise = [
      '<script>x</script><style>x</style><noscript>x</noscript><template>x</template><svg><title>x</title></svg>',
      '<nav>x</nav><footer>x</footer><aside>x</aside><div role="navigation">x</div><header>x</header>',
      '<button>x</button><select><option>x</select><textarea>x</textarea><p hidden>x</p><p aria-hidden="true">x</p>',
      '<p style="color: red; display: none">x</p><dialog>x</dialog><!-- x --><iframe>x</iframe><canvas>x</canvas>',
    ];
    expect(await text(`<body>${noise.join('')}<p>kept</p></body>`)).toBe('kept');
    expect(await text('<main><aside>a note</aside><div role="tabpanel" hidden>npm i</div></main>')).toBe(
      'a note\n\nnpm i',
    );
    expect(await text('<header><h1>Title</h1><p>slogan</p></header><p>kept</p>')).toBe('# Title\n\nkept');
  });

  it('its title, else its first heading', async () => {
    expect(await read('<title> A &amp;\n B </title><svg><title>no</title></svg>x')).toMatchObject({ title: 'A & B' });
    expect(await read('<h1>First</h1><h1>Second</h1>')).toMatchObject({ title: 'First' });
    expect(await read('<p>x</p>')).toMatchObject({ title: null });
  });
});

describe('how it is written', () => {
  it.each([
    [
      'headings',
      '<h2>Two <a class="anchor" href="#two">#</a></h2><h3>C#</h3><h6>Six</h6>',
      '## Two\n\n### C#\n\n###### Six',
    ],
    ['white space', '<p>a\n   b<b> c </b>d</p>  \n <p>\te</p>', 'a b c d\n\ne'],
    ['line breaks', 'a<br>b<br/> c', 'a\nb\nc'],
    ['lists', '<ul><li>a<ul><li>b</ul><li>c</ul><p>d', '- a\n  - b\n- c\n\nd'],
    ['items that nobody ends', '<ul><li><p>a<li><p>b<p>c<li>d</ul>e', '- a\n- b\n  c\n- d\n\ne'],
    ['numbered lists', '<ol start="9"><li>a<li>b<ul><li>c</ul></ol>', '9. a\n10. b\n    - c'],
    ['definitions', '<dl><dt>a<dd>b<dt>c<dd>d</dl>', 'a\n\nb\n\nc\n\nd'],
    ['quotes', '<blockquote><p>a<p>b</blockquote>', '> a\n\n> b'],
    ['code', '<pre class="lang-py">a = 1\n\n  b</pre>and <code>c  d</code>', '```py\na = 1\n\n  b\n```\n\nand `c d`'],
    ['code with fences', '<pre>```\nx\n```</pre>', '````\n```\nx\n```\n````'],
    ['code in spans', '<pre><code class="language-js"><span>a</span>\n<span>b</span></code></pre>', '```js\na\nb\n```'],
    [
      'line numbers',
      '<table><tr><td><pre>1\n2\n3</pre></td><td><pre>a\nb\nc</pre></td></tr></table>',
      '```\na\nb\nc\n```',
    ],
    ['a number as code', '<pre>8080</pre>', '```\n8080\n```'],
    ['tables', '<table><tr><th>A<th>B|C<tr><td>1<p>x<td>2</table>', '| A | B\\|C |\n| --- | --- |\n| 1 x | 2 |'],
    ['tables for places', '<table><tr><td>a<td><h2>B</h2><p>c</table>d', 'a\n\n## B\n\nc\n\nd'],
    ['one column', '<table><tr><td>a<tr><td>b</table>', 'a\n\nb'],
    ['links', '<p>see <a href="https://x/">the page</a>.', 'see the page.'],
    ['entities', '&lt;b&gt; &eacute;&#8364;&#x41;&unknown;', '<b> é€A&unknown;'],
    ['what looks like Markdown', '<p># no heading<br>```<br>#1 is fine', '\\# no heading\n\\```\n#1 is fine'],
    ['emoji', '<p>🙂 日本語', '🙂 日本語'],
    ['NUL and other controls', '<p>a\u0000b\u0007c', 'abc'],
  ])('%s', async (_, html, expected) => {
    expect(await text(html)).toBe(expected);
  });

  it('counts what is in links', async () => {
    expect(await read('<p><a>1234</a>5678')).toMatchObject({ linkShare: 0.5 });
    expect(await read('<nav><a>menu</a></nav><p>5678')).toMatchObject({ linkShare: 0 });
  });
});

it('is the same wherever the page is cut while it is read', async () => {
  const page = `<main>${'<h2>Über uns</h2><p>Some &amp; more <code>x</code></p><ul><li>a<li>b</ul>'.repeat(3_000)}</main>`;
  const once = await text(`<main>${page.slice(6, page.indexOf('<h2>', 10))}</main>`);
  expect(await text(page)).toBe(Array.from({ length: 3_000 }, () => once).join('\n\n'));
});

it('ends with something for whatever comes', async () => {
  const tag = fc.constantFrom(
    'p',
    'table',
    'td',
    'tr',
    'li',
    'ul',
    'ol',
    'pre',
    'code',
    'h2',
    'a',
    'main',
    'title',
    'br',
    'svg',
    'article',
    'blockquote',
    'script',
  );
  const piece = fc.oneof(
    tag.map((name) => `<${name}>`),
    tag.map((name) => `</${name}>`),
    fc.string({ maxLength: 5 }),
    fc.constantFrom('&amp', '<!--', '-->', '<![CDATA[', '\u0000'),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(piece, { maxLength: 60 }), async (pieces) => {
      const { text: found, linkShare } = await read(pieces.join(''));
      expect(found).toBe(found.trim());
      expect(found).not.toContain('\u0000');
      expect(linkShare).toBeGreaterThanOrEqual(0);
      expect(linkShare).toBeLessThanOrEqual(1);
    }),
  );
});

it('a page that takes too long is given up', async () => {
  const reading = htmlText('<p>x'.repeat(100_000), {
    host: 'here',
    outOfTimeAtMs: performance.now() - 1,
    signal: never,
  });
  await expect(reading).rejects.toMatchObject({ reason: 'unreadable' });
});
