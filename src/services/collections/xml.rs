//! Objects as XML for the XmlListModel of Qt 5 and Qt 6: an element for each field, no attributes.

use super::object::{Object, items};

const HEAD: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";

/// A list: `<colors><color>…</color></colors>`.
pub(super) fn list(name: &str, item: &str, objects: &[Object]) -> String {
    let (name, item) = (element(name), element(item));
    let mut xml = format!("{HEAD}<{name}>\n");
    for object in objects {
        xml.push_str("  ");
        write_object(&mut xml, &item, object);
        xml.push('\n');
    }
    xml.push_str(&format!("</{name}>\n"));
    xml
}

/// One object: `<color>…</color>`.
pub(super) fn entry(item: &str, object: &Object) -> String {
    let mut xml = HEAD.to_owned();
    write_object(&mut xml, &element(item), object);
    xml.push('\n');
    xml
}

fn write_object(xml: &mut String, name: &str, object: &Object) {
    xml.push_str(&format!("<{name}>"));
    for (field, raw) in object.fields() {
        write_value(xml, &element(field), raw.get());
    }
    xml.push_str(&format!("</{name}>"));
}

fn write_value(xml: &mut String, name: &str, raw: &str) {
    match raw.as_bytes().first() {
        Some(b'{') => write_object(xml, name, &Object::stored(raw).unwrap_or_default()),
        Some(b'[') => {
            xml.push_str(&format!("<{name}>"));
            let raw = serde_json::value::RawValue::from_string(raw.to_owned());
            for item in raw.map(|raw| items(&raw)).unwrap_or_default() {
                write_value(xml, "item", item.get());
            }
            xml.push_str(&format!("</{name}>"));
        }
        _ if raw == "null" => xml.push_str(&format!("<{name}/>")),
        Some(b'"') => {
            let text: String = serde_json::from_str(raw).unwrap_or_default();
            xml.push_str(&format!("<{name}>{}</{name}>", escape(&text)));
        }
        _ => xml.push_str(&format!("<{name}>{raw}</{name}>")),
    }
}

/// Text as content. What XML has no way to write becomes a replacement character.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            // A reader would make it a line feed.
            '\r' => escaped.push_str("&#13;"),
            '\t' | '\n' => escaped.push(c),
            '\u{0}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => escaped.push('\u{fffd}'),
            c => escaped.push(c),
        }
    }
    escaped
}

/// A name as the name of an element: what cannot be in one becomes an underscore.
fn element(name: &str) -> String {
    // Letters of both editions of the standard that readers go by (NameStartChar in
    // <https://www.w3.org/TR/xml/#NT-NameStartChar>, Letter in its fourth edition).
    let is_letter = |c: char| {
        c.is_ascii_alphabetic()
            || matches!(c, 'À'..='Ö' | 'Ø'..='ö' | 'ø'..='ı' | 'Ĵ'..='ľ' | 'Ł'..='ň'
                | 'Ŋ'..='ž' | 'Α'..='Ρ' | 'Σ'..='ώ' | 'Ё'..='Ќ' | 'Ў'..='я' | 'ё'..='ќ'
                | 'ў'..='ҁ' | 'א'..='ת' | 'ء'..='غ' | 'ぁ'..='ゔ' | 'ァ'..='ヺ' | '一'..='龥'
                | '가'..='힣')
    };
    let starts = |c: char| c == '_' || is_letter(c);
    let inside = |c: char| starts(c) || c.is_ascii_digit() || c == '-' || c == '.';
    let mut element: String = name
        .chars()
        .map(|c| if inside(c) { c } else { '_' })
        .collect();
    if !element.starts_with(starts) {
        element.insert(0, '_');
    }
    element
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_as_elements() {
        for (json, expected) in [
            (
                r##"{"name":"red","value":"#f00"}"##,
                "<c><name>red</name><value>#f00</value></c>",
            ),
            (
                r#"{"n":1.10,"b":true,"z":null}"#,
                "<c><n>1.10</n><b>true</b><z/></c>",
            ),
            (
                r#"{"o":{"x":1},"a":["p",{"q":2}]}"#,
                "<c><o><x>1</x></o><a><item>p</item><item><q>2</q></item></a></c>",
            ),
            (
                r#"{"t":"a<b>&\"c\"\u0001\r\nü"}"#,
                "<c><t>a&lt;b&gt;&amp;\"c\"\u{fffd}&#13;\nü</t></c>",
            ),
            (
                "{\"ª\":1,\"a×\":2,\"𐀀\":3,\"x:y\":4,\"é\u{301}\":5}",
                "<c><_>1</_><a_>2</a_><_>3</_><x_y>4</x_y><é_>5</é_></c>",
            ),
            (
                r#"{"first name":1,"1st":2,"":3,"größe":4}"#,
                "<c><first_name>1</first_name><_1st>2</_1st><_>3</_><größe>4</größe></c>",
            ),
        ] {
            let object = Object::parse(json.as_bytes()).unwrap();
            assert_eq!(entry("c", &object), format!("{HEAD}{expected}\n"), "{json}");
        }
        assert_eq!(list("cs", "c", &[]), format!("{HEAD}<cs>\n</cs>\n"));
    }
}
