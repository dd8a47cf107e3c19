"""What is printed on sheets and written on marked copies, in each language.

This module does not know where any of it stands, nor which font has its letters.
"""

from __future__ import annotations

__all__ = ["LANGUAGES", "text_of"]

LANGUAGES: dict[str, dict[str, str]] = {
    "en": {
        "name": "Name", "number": "Student number", "points": "{} points", "pt": "{} pt", "page": "page {} of {}",
        "copy": "copy {}", "second": "second", "chance": "chance", "second chance": "2nd chance",
        "how": "How to write",
        "how 1": "One digit in each box, with a blue or black pen. Leave boxes that you do not need empty.",
        "how 2": "A mistake? Cross the answer out and write it anew in its second chance.",
        "how 3": "Do not write on the black squares.",
        "right": "right: {}", "not read": "not read", "no answer": "no answer", "void": "does not count",
        "waiting": "{} not reviewed yet", "lacks": "Not scanned: {}",
    },
    "de": {
        "name": "Name", "number": "Matrikelnummer", "points": "{} Punkte", "pt": "{} P.", "page": "Seite {} von {}",
        "copy": "Exemplar {}", "second": "zweiter", "chance": "Versuch", "second chance": "2. Versuch",
        "how": "So wird geschrieben",
        "how 1": "Eine Ziffer in jedes Kästchen, mit blauem oder schwarzem Stift. Was übrig ist, bleibt leer.",
        "how 2": "Verschrieben? Die Antwort durchstreichen und im zweiten Versuch neu schreiben.",
        "how 3": "Nicht auf die schwarzen Quadrate schreiben.",
        "right": "richtig: {}", "not read": "nicht gelesen", "no answer": "keine Antwort", "void": "zählt nicht",
        "waiting": "noch nicht geprüft: {}", "lacks": "Nicht gescannt: {}",
    },
    "fr": {
        "name": "Nom", "number": "Numéro d’étudiant", "points": "{} points", "pt": "{} pt", "page": "page {} sur {}",
        "copy": "copie {}", "second": "second", "chance": "essai", "second chance": "2e essai",
        "how": "Comment écrire",
        "how 1": "Un chiffre par case, au stylo bleu ou noir. Laissez vides les cases inutiles.",
        "how 2": "Une erreur ? Barrez la réponse et écrivez-la de nouveau dans le second essai.",
        "how 3": "N’écrivez pas sur les carrés noirs.",
        "right": "juste : {}", "not read": "non lu", "no answer": "sans réponse", "void": "ne compte pas",
        "waiting": "pas encore vérifié : {}", "lacks": "Non numérisé : {}",
    },
    "es": {
        "name": "Nombre", "number": "Número de estudiante", "points": "{} puntos", "pt": "{} p.",
        "page": "página {} de {}", "copy": "copia {}", "second": "segundo", "chance": "intento",
        "second chance": "2.º intento", "how": "Cómo escribir",
        "how 1": "Una cifra en cada casilla, con bolígrafo azul o negro. Deje vacías las casillas que no necesite.",
        "how 2": "¿Un error? Tache la respuesta y escríbala de nuevo en el segundo intento.",
        "how 3": "No escriba sobre los cuadrados negros.",
        "right": "correcto: {}", "not read": "no leído", "no answer": "sin respuesta", "void": "no cuenta",
        "waiting": "aún sin revisar: {}", "lacks": "Sin escanear: {}",
    },
    "zh": {
        "name": "姓名", "number": "学号", "points": "共 {} 分", "pt": "{} 分", "page": "第 {} 页，共 {} 页",
        "copy": "第 {} 份", "second": "第二次", "chance": "机会", "second chance": "第二次机会", "how": "填写方法",
        "how 1": "每格写一个数字，用蓝色或黑色笔。不需要的格子留空。",
        "how 2": "写错了？划掉答案，在第二次机会处重写。",
        "how 3": "请勿在黑色方块上书写。",
        "right": "正确：{}", "not read": "未识别", "no answer": "未作答", "void": "不计分",
        "waiting": "尚未复核：{}", "lacks": "未扫描：{}",
    },
}  # fmt: skip
"""By a language's code (ISO 639-1) and the name of a text; all languages have the same names and as many places."""


def text_of(language: str, name: str, *values: object) -> str:
    """The text of this name with the ``values`` in its places; raises KeyError for an unknown language or name."""
    return LANGUAGES[language][name].format(*values)
