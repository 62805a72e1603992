//! The 47 counties of the First Schedule to the Constitution of Kenya, each with some of its towns.

/// Whether a place is a county of Kenya, as the Schedule spells it.
pub(super) fn is_county(name: &str) -> bool {
    COUNTIES.iter().any(|(county, _)| *county == name)
}

/// Towns of a county; of a name that is no county, none.
pub(super) fn towns_of(county: &str) -> &'static [&'static str] {
    COUNTIES.iter().find(|(name, _)| *name == county).map_or(&[], |(_, towns)| towns)
}

pub(super) const COUNTIES: [(&str, &[&str]); 47] = [
    ("Mombasa", &["Likoni", "Changamwe", "Kisauni", "Nyali"]),
    ("Kwale", &["Ukunda", "Msambweni", "Kinango"]),
    ("Kilifi", &["Malindi", "Kaloleni", "Mtwapa", "Watamu"]),
    ("Tana River", &["Hola", "Garsen", "Bura"]),
    ("Lamu", &["Lamu", "Mpeketoni", "Faza"]),
    ("Taita Taveta", &["Voi", "Wundanyi", "Taveta"]),
    ("Garissa", &["Garissa", "Dadaab", "Masalani"]),
    ("Wajir", &["Wajir", "Habaswein", "Bute"]),
    ("Mandera", &["Mandera", "Elwak", "Rhamu"]),
    ("Marsabit", &["Marsabit", "Moyale", "Laisamis"]),
    ("Isiolo", &["Isiolo", "Merti", "Garbatulla"]),
    ("Meru", &["Meru", "Maua", "Nkubu", "Timau"]),
    ("Tharaka-Nithi", &["Chuka", "Chogoria", "Marimanti"]),
    ("Embu", &["Embu", "Runyenjes", "Siakago"]),
    ("Kitui", &["Kitui", "Mwingi", "Mutomo"]),
    ("Machakos", &["Machakos", "Kangundo", "Athi River", "Matuu"]),
    ("Makueni", &["Wote", "Makindu", "Kibwezi"]),
    ("Nyandarua", &["Ol Kalou", "Engineer", "Njabini"]),
    ("Nyeri", &["Nyeri", "Karatina", "Othaya", "Mweiga"]),
    ("Kirinyaga", &["Kerugoya", "Kutus", "Sagana"]),
    ("Murang'a", &["Murang'a", "Kangema", "Maragua", "Kenol"]),
    ("Kiambu", &["Thika", "Limuru", "Githunguri", "Gatundu"]),
    ("Turkana", &["Lodwar", "Kakuma", "Lokichar"]),
    ("West Pokot", &["Kapenguria", "Ortum", "Sigor"]),
    ("Samburu", &["Maralal", "Baragoi", "Wamba"]),
    ("Trans Nzoia", &["Kitale", "Kiminini", "Endebess"]),
    ("Uasin Gishu", &["Eldoret", "Turbo", "Burnt Forest"]),
    ("Elgeyo-Marakwet", &["Iten", "Kapsowar", "Tambach"]),
    ("Nandi", &["Kapsabet", "Nandi Hills", "Mosoriot"]),
    ("Baringo", &["Kabarnet", "Eldama Ravine", "Marigat"]),
    ("Laikipia", &["Nanyuki", "Nyahururu", "Rumuruti"]),
    ("Nakuru", &["Nakuru", "Naivasha", "Gilgil", "Molo"]),
    ("Narok", &["Narok", "Kilgoris", "Ololulung'a"]),
    ("Kajiado", &["Kajiado", "Ngong", "Loitokitok", "Kitengela"]),
    ("Kericho", &["Kericho", "Litein", "Kipkelion"]),
    ("Bomet", &["Bomet", "Sotik", "Longisa"]),
    ("Kakamega", &["Kakamega", "Mumias", "Butere"]),
    ("Vihiga", &["Mbale", "Luanda", "Chavakali"]),
    ("Bungoma", &["Bungoma", "Webuye", "Kimilili"]),
    ("Busia", &["Busia", "Malaba", "Port Victoria"]),
    ("Siaya", &["Siaya", "Bondo", "Ugunja", "Yala"]),
    ("Kisumu", &["Kisumu", "Ahero", "Maseno", "Muhoroni"]),
    ("Homa Bay", &["Homa Bay", "Mbita", "Oyugis", "Kendu Bay"]),
    ("Migori", &["Migori", "Awendo", "Isebania", "Rongo"]),
    ("Kisii", &["Kisii", "Ogembo", "Suneka"]),
    ("Nyamira", &["Nyamira", "Keroka", "Nyansiongo"]),
    ("Nairobi City", &["Kibera", "Eastleigh", "Kasarani", "Westlands", "Embakasi"]),
];
