import { expect, it } from 'vitest';
import { estimateTokens } from '../../../src/domain/chunks/tokens.ts';

/** Beside each text what `cl100k_base`, the tokenizer of OpenAI's embedding models, makes of it. */
const texts: [string, number, string][] = [
  [
    'German',
    55,
    'Die Verarbeitung personenbezogener Daten erfolgt ausschließlich auf Grundlage der Datenschutzgrundverordnung. Für Rückfragen stehen wir Ihnen jederzeit gern zur Verfügung, auch außerhalb der üblichen Geschäftszeiten.',
  ],
  [
    'Russian',
    56,
    'Обработка персональных данных осуществляется исключительно на основании общего регламента по защите данных. По всем вопросам мы всегда рады помочь.',
  ],
  ['Chinese', 48, '个人数据的处理仅依据通用数据保护条例进行。如有任何疑问，我们随时为您服务，包括正常工作时间以外。'],
  [
    'Japanese',
    64,
    '個人データの処理は一般データ保護規則に基づいてのみ行われます。ご質問がございましたら、いつでもお気軽にお問い合わせください。',
  ],
  [
    'Korean',
    56,
    '개인 데이터의 처리는 일반 데이터 보호 규정에 따라서만 이루어집니다. 문의 사항이 있으시면 언제든지 연락해 주십시오.',
  ],
  ['Arabic', 69, 'تتم معالجة البيانات الشخصية حصريًا على أساس اللائحة العامة لحماية البيانات. نحن في خدمتكم دائمًا.'],
  ['Thai', 62, 'การประมวลผลข้อมูลส่วนบุคคลดำเนินการบนพื้นฐานของกฎระเบียบทั่วไปเท่านั้น'],
  ['keys', 62, 'a3f5c9e1b2d4f6a8c0e2b4d6f8a0c2e4 9b1deb4d-3b7d-4bad-9bdd-2b0d7b3dcb6d'],
  ['a table', 340, '| a | b |\n| --- | --- |\n| 1 | 2 |\n'.repeat(20)],
];

it.each(texts)('%s has %d tokens or somewhat fewer', (_, tokens, text) => {
  expect(estimateTokens(text)).toBeGreaterThanOrEqual(tokens * 0.95);
  expect(estimateTokens(text)).toBeLessThanOrEqual(tokens * 1.5);
});

it('an empty text has no token, and a text has at least as many as any of its words', () => {
  expect(estimateTokens('')).toBe(0);
  expect(estimateTokens('a')).toBe(1);
  expect(estimateTokens(' a ')).toBe(1);
});

it('runs of millions are counted like short ones', () => {
  for (const character of ['x', '7', '!', '文', 'ж', 'น', '🙂', ' ', '\n']) {
    const [few, many] = [estimateTokens(character.repeat(1_000)), estimateTokens(character.repeat(3_000_000))];
    expect(many).toBeLessThanOrEqual(Math.max(few * 3_000, 1));
  }
});
