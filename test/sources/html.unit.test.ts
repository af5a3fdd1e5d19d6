import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { htmlText } from '../../src/sources/text/html-text.ts';
import { never } from './support.ts';

const read = (html: string) =>
  htmlText(html, { host: 'here', outOfTimeAtMs: performance.now() + 60_000, signal: never });
const text = async (html: string) => (await read(html)).text;

describe('the text of a page', () => {
  it('its main part, else its only article, else all', async () => {
    const around = (inner: string) => `<body><p>before</p>${inner}<p>after</p></body>`;
    expect(await text(around('<main><p>main</p><article>a</article></main>'))).toBe('main\n\na');
    expect(await text(around('<div role="main"><p>the text</p></div>'))).toBe('the text');
    expect(await text(around('<article><p>one</p><article>comment</article></article>'))).toBe('one\n\ncomment');
    expect(await text(around('<article>one</article><article>two</article>'))).toBe('before\n\none\n\ntwo\n\nafter');
    expect(await text(around('<main></main>'))).toBe('before\n\nafter');
  });

  it('all, where the part that is marked holds little of it', async () => {
    const paragraphs = '<p>A sentence about the subject.</p>'.repeat(40);
    const teaser = '<article><h2>Related</h2><p>A short teaser.</p></article>';
    expect(await text(`<h1>Docs</h1>${paragraphs}${teaser}`)).toMatch(/^# Docs\n\nA sentence/);
    expect(await text(`<h1>Docs</h1><p>A sentence that is longer.</p>${teaser}`)).toMatch(/^# Docs/);
    expect(await text(`<div><a>${'menu '.repeat(400)}</a></div><article>${paragraphs}</article>`)).toMatch(
      /^A sentence/,
    );
    expect(await text(`<main><p>Skip</p></main><h1>Docs</h1>${paragraphs}`)).toContain('# Docs');
  });

  it('the content of a shadow tree, its host’s own children in the slot, and none without one', async () => {
    const host = (tree: string) => `<x-page><template shadowrootmode="open">${tree}</template>own<p>light</p></x-page>`;
    expect(await text(`${host('<p>shown</p>')}<p>after</p>`)).toBe('shown\n\nafter');
    expect(await text(host('<nav>x</nav><main><h1>T</h1><slot></slot></main>'))).toBe('# T\n\nown\n\nlight');
    expect(await text('<template shadowrootmode="none"><p>x</p></template><template>y</template><p>kept')).toBe('kept');
  });

  it('the text of buttons that are headings, and not of buttons next to them', async () => {
    expect(await text('<h3><button>How do I?</button></h3><p>So.')).toBe('### How do I?\n\nSo.');
    expect(await text('<button><span>+</span><h3><div>How</div></h3></button><p>So.')).toBe('### How\n\nSo.');
    expect(await text('<div role="heading" aria-level="4"><button>How</button></div>So.')).toBe('#### How\n\nSo.');
    expect(await text('<h2>On <button class="copy-btn">Copy the link to this</button></h2>')).toBe('## On');
    expect(await text('<dl><dt><button>Term</button><dd>meaning</dl>')).toBe('Term\n\nmeaning');
    expect(await text('<p>Press <button>OK</button> now.')).toBe('Press now.');
    expect(
      await text('<table><tr><th><button>Name</button><th>B<button>sort by B</button><tr><td>1<td>2</table>'),
    ).toMatch(/^\| Name \| B \|/);
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
    [
      'a heading over the width of a table',
      '<table><tr><td>a<td>b<tr><td colspan=2><h2>B</h2><tr><td>c<td>d</table>',
      '| a | b |\n| --- | --- |\n\n## B\n\n| c | d |\n| --- | --- |',
    ],
    ['lists that are all of an item', '<ul><li><ul><li><ul><li>a</ul><li>b</ul><li>c</ul>', '- a\n- b\n- c'],
    ['navigation of a generator', '<meta name=generator content="DocBook XSL"><div class="navheader">x</div><p>a', 'a'],
    ['a class of another generator', '<div class="header">kept</div><p>a', 'kept\n\na'],
    [
      'a title of Doxygen',
      '<meta name=generator content="Doxygen 1.9"><div id="titlearea">x</div><div class="title">A</div>b',
      '# A\n\nb',
    ],
    ['one column', '<table><tr><td>a<tr><td>b</table>', 'a\n\nb'],
    ['links', '<p>see <a href="https://x/">the page</a>.', 'see the page.'],
    ['entities', '&lt;b&gt; &eacute;&#8364;&#x41;&unknown;', '<b> é€A&unknown;'],
    ['what looks like Markdown', '<p># no heading<br>```<br>#1 is fine', '\\# no heading\n\\```\n#1 is fine'],
    ['emoji', '<p>🙂 日本語', '🙂 日本語'],
    ['a heading that nobody ends', '<h2>T<p>a<h2>U</h2>b', '## T\n\na\n\n## U\n\nb'],
    ['breaking hints', '<p>Unter&shy;nehmen, zero&#8203;width', 'Unternehmen, zerowidth'],
    ['powers', '<p>10<sup>6</sup> 100<sup>2</sup>=10000 10<sup>−3</sup> 2<sup>n</sup>', '10⁶ 100²=10000 10⁻³ 2ⁿ'],
    ['powers of words', '<p>e<sup>x</sup> e<sup>ax+b</sup> x<sub>max</sub> x<sub>1</sub>2', 'e^x e^(ax+b) x_max x₁2'],
    ['formulas of letters', '<p>H<sub>2</sub>O E=mc<sup>2</sup> <sup>14</sup>C', 'H₂O E=mc² ¹⁴C'],
    ['ordinals', '<p>1<sup>st</sup> XXI<sup>e</sup> 3<sup>a</sup> X<sup>TM</sup>', '1st XXIe 3ª X™'],
    ['notes', '<p>word<sup><a href="#1">[1]</a></sup> word<sup><a href="#2">2</a></sup>', 'word[1] word²'],
    ['powers by style', '<p>10<span style="vertical-align: super">6</span>', '10⁶'],
    ['powers in code', '<code>10<sup>6</sup></code><pre>2<sup>10</sup></pre>', '`10⁶`\n\n```\n2¹⁰\n```'],
    ['MathML', '<math><msup><mn>10</mn><mn>6</mn></msup><msub><mi>x</mi><mi>i</mi></msub></math>', '10⁶x_i'],
    [
      'roots and fractions in MathML',
      '<math><mfrac><mrow><mi>a</mi><mo>+</mo><mn>1</mn></mrow><mi>b</mi></mfrac><mo>-</mo><msqrt><mn>2</mn></msqrt></math>',
      '(a+1)/b-√2',
    ],
    [
      'sums and long roots in MathML',
      '<math><munderover><mo>∑</mo><mrow><mi>i</mi><mo>=</mo><mn>1</mn></mrow><mi>n</mi></munderover><msqrt><mi>x</mi><mo>+</mo><mi>y</mi></msqrt></math>',
      '∑_(i=1)ⁿ√(x+y)',
    ],
    [
      'cells over several rows and columns',
      '<table><tr><th rowspan=2>Name<th colspan=2>Limits<tr><th>min<th>max<tr><td rowspan=2>b<td>3<td>4<tr><td>5<td>6</table>',
      '| Name | Limits min | Limits max |\n| --- | --- | --- |\n| b | 3 | 4 |\n| b | 5 | 6 |',
    ],
    [
      'cells over the rest',
      '<table><tr><th>A<th>B<th>C<tr><td colspan=99>S<tr><td rowspan=0>1<td colspan=2>2<tr><td>3<td>4</table>',
      '| A | B | C |\n| --- | --- | --- |\n| S |  |  |\n| 1 | 2 |  |\n| 1 | 3 | 4 |',
    ],
    ['short rows', '<table><tr><td>a<td>b<tr><td>c</table>', '| a | b |\n| --- | --- |\n| c |  |'],
    [
      'numbers of lines before each',
      '<pre><span class="linenos">1 </span>a<br><span class="linenos">2 </span>  b\n<span class="ln">3</span>c</pre>',
      '```\na\n  b\nc\n```',
    ],
    [
      'a number that is code',
      '<pre><span class="mi">1</span>, <span class="line-count">2</span></pre>',
      '```\n1, 2\n```',
    ],
    [
      'numbers of lines in a table of code',
      '<pre><table><tr><td class="gutter gl"><pre class="lineno">1\n2\n</pre><td class="code"><pre>a\nb\n</pre></table></pre>',
      '```\na\nb\n```',
    ],
    [
      'a table with a row a line',
      '<pre><table><tr><td class="hljs-ln-numbers">1<td class="hljs-ln-code">a<tr><td class="hljs-ln-numbers">2<td>b</table></pre>',
      '```\na\nb\n```',
    ],
    [
      'lines of Doxygen',
      '<div class="fragment"><div class="line"><span class="lineno">    1</span>&#160;int a;</div><div class="line"><span class="lineno">    2</span>&#160;  b;</div></div>c',
      '```\nint a;\n  b;\n```\n\nc',
    ],
    ['a block a line', '<pre><code><div>a = 1</div><div></div><div>  b</div></code></pre>', '```\na = 1\n\n  b\n```'],
    ['an item a line', '<pre><ol><li>a</li><li>b</li></ol></pre>', '```\na\nb\n```'],
    ['a piece of code a line', '<pre><code>a</code><code>b</code></pre>', '```\na\nb\n```'],
    [
      'a span a line, with and without line ends',
      '<pre><span class="line">a</span><span class="line">b\n</span><span class="line">c</span>\n<span class="line">d</span></pre>',
      '```\na\nb\nc\nd\n```',
    ],
    [
      'a pre a line',
      '<div class="CodeMirror-code"><pre class="CodeMirror-line">a</pre><pre class="CodeMirror-line">b</pre></div>',
      '```\na\nb\n```',
    ],
    ['inline elements that nobody ends', '<p><font>a<p><b><font>b<p>c<code>d<p>e', 'a\n\nb\n\nc`d`\n\ne'],
    ['a drawing that nobody ends', '<svg><g><text>x</text><path d="" /><p>kept', 'kept'],
    ['a link around blocks', '<a href="/x"><div>a</div></a><p>b', 'a\n\nb'],
    ['readings of characters', '<ruby>漢<rp>(<rt>kan<rp>)</ruby>字', '漢字'],
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
    'button',
    'sup',
    'template shadowrootmode=open',
    'slot',
    'x-host',
    'div class=line',
    'div class=fragment',
    'math',
    'msup',
    'font',
    'th rowspan=0 colspan=7',
  );
  const piece = fc.oneof(
    tag.map((name) => `<${name}>`),
    tag.map((name) => `</${name.split(' ')[0]}>`),
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

it.each([
  ['paragraphs of fonts', (at: number) => `<p><font size=2>Paragraph ${at} of an old page.`],
  ['lines of fonts', (at: number) => `<font><b>Line ${at}<br>`],
  ['names', (at: number) => `<a name=${at}><code>Line ${at}<br>`],
  ['blocks', (at: number) => `<div><section>Block ${at}`],
  ['items', (at: number) => `<li><span><i>Item ${at}`],
  ['cells', (at: number) => `${at === 0 ? '<table>' : ''}<tr><td><font>Cell ${at}<td><b>value`],
])('a page of thousands of unclosed elements is read: %s', async (_, one) => {
  const found = await text(Array.from({ length: 3_000 }, (_, at) => one(at)).join('\n'));
  expect(found.split('\n').filter((line) => /\d/.test(line))).toHaveLength(3_000);
});
