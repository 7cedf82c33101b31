//! Hanzi to the numbered pinyin that espeak-ng's `cmn-latn-pinyin` voice reads.

use pinyin::ToPinyin;

/// Words whose characters are read otherwise than most often.
const READINGS: [(&str, &str); 9] = [
    ("重新", "chong2 xin1"),
    ("重复", "chong2 fu4"),
    ("重播", "chong2 bo1"),
    ("银行", "yin2 hang2"),
    ("还款", "huan2 kuan3"),
    ("还给", "huan2 gei3"),
    ("稍等", "shao1 deng3"),
    ("为您", "wei4 nin2"),
    ("了解", "liao3 jie3"),
];

/// Numbered pinyin, syllables apart; punctuation stays, for the pauses.
///
/// The neutral tone is 5 to espeak-ng.
pub fn pinyin(text: &str) -> String {
    let mut spoken = String::new();
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        let known = READINGS.iter().find(|(word, _)| rest.starts_with(word));
        if let Some((word, reading)) = known {
            spoken.push_str(reading);
            spoken.push(' ');
            rest = &rest[word.len()..];
            continue;
        }
        push_character(character, &mut spoken);
        rest = &rest[character.len_utf8()..];
    }
    spoken.trim().to_owned()
}

fn push_character(character: char, spoken: &mut String) {
    match (character.to_pinyin(), character) {
        (Some(syllable), _) => {
            let numbered = syllable.with_tone_num_end();
            spoken.push_str(numbered);
            if !numbered.ends_with(|c: char| c.is_ascii_digit()) {
                spoken.push('5');
            }
            spoken.push(' ');
        }
        (None, '，' | '、' | '；') => spoken.push_str(", "),
        (None, '。' | '！' | '？') => spoken.push_str(". "),
        (None, other) => spoken.push(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hanzi_become_numbered_syllables() {
        assert_eq!(pinyin("您好，请重新输入。"), "nin2 hao3 , qing3 chong2 xin1 shu1 ru4 .");
    }

    #[test]
    fn what_a_meeting_room_says_is_read_right() {
        assert_eq!(pinyin("会议室已满"), "hui4 yi4 shi4 yi3 man3");
        assert_eq!(pinyin("第一位入会者"), "di4 yi1 wei4 ru4 hui4 zhe3");
        assert_eq!(pinyin("其他成员已离开会议"), "qi2 ta1 cheng2 yuan2 yi3 li2 kai1 hui4 yi4");
        assert_eq!(pinyin("请核对密码后再拨"), "qing3 he2 dui4 mi4 ma3 hou4 zai4 bo1");
    }

    #[test]
    fn neutral_tone_is_five() {
        assert_eq!(pinyin("我的"), "wo3 de5");
    }
}
