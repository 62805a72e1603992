//! Names in use in Kenya, by community, with the counties where they are most at home.

/// Names of a community. A person has a first and a second given name and a family name.
#[derive(Clone, Copy, Default)]
pub(super) struct Community {
    pub(super) first_female: &'static [&'static str],
    pub(super) first_male: &'static [&'static str],
    pub(super) second_female: &'static [&'static str],
    pub(super) second_male: &'static [&'static str],
    pub(super) family: &'static [&'static str],
    pub(super) counties: &'static [&'static str],
}

const CHRISTIAN_FEMALE: &[&str] = &[
    "Mary", "Grace", "Faith", "Mercy", "Esther", "Ruth", "Joyce", "Lucy", "Alice", "Jane", "Agnes", "Rose",
    "Caroline", "Eunice", "Purity", "Beatrice", "Lilian", "Sharon", "Naomi", "Winnie", "Dorcas", "Emily",
];
const CHRISTIAN_MALE: &[&str] = &[
    "John", "Peter", "Joseph", "James", "David", "Samuel", "Daniel", "Stephen", "Paul", "Brian", "Kevin",
    "Dennis", "Patrick", "Francis", "George", "Michael", "Simon", "Moses", "Isaac", "Victor", "Eric",
    "Felix",
];
const MUSLIM_FEMALE: &[&str] = &[
    "Amina", "Fatuma", "Halima", "Khadija", "Zainab", "Mariam", "Asha", "Rukia", "Saida", "Hawa", "Maimuna",
    "Nasra", "Hodan", "Ifrah", "Salma", "Zuhura",
];
const MUSLIM_MALE: &[&str] = &[
    "Mohamed",
    "Ahmed",
    "Abdi",
    "Hassan",
    "Hussein",
    "Ali",
    "Omar",
    "Ibrahim",
    "Yusuf",
    "Abdullahi",
    "Salim",
    "Said",
    "Rashid",
    "Bakari",
    "Juma",
    "Khalid",
];

pub(super) const COMMUNITIES: &[Community] = &[
    // Kikuyu
    Community {
        first_female: CHRISTIAN_FEMALE,
        first_male: CHRISTIAN_MALE,
        second_female: &[
            "Wanjirũ", "Wanjiku", "Wambui", "Njeri", "Wangari", "Nyambura", "Waithira", "Mũthoni", "Wairimu",
            "Wangũi",
        ],
        second_male: &[
            "Kamau",
            "Mwangi",
            "Njoroge",
            "Kariũki",
            "Mũchiri",
            "Waweru",
            "Gĩthinji",
            "Karanja",
            "Kimani",
            "Maina",
        ],
        family: &[
            "Kamau", "Mwangi", "Njoroge", "Kariuki", "Ng'ang'a", "Gitau", "Ndung'u", "Kimani", "Macharia",
            "Gathogo", "Karanja", "Maina",
        ],
        counties: &[
            "Kiambu",
            "Murang'a",
            "Nyeri",
            "Kirinyaga",
            "Nyandarua",
            "Laikipia",
            "Nakuru",
            "Nairobi City",
        ],
    },
    // Luo
    Community {
        first_female: CHRISTIAN_FEMALE,
        first_male: CHRISTIAN_MALE,
        second_female: &[
            "Achieng", "Akinyi", "Atieno", "Awuor", "Adhiambo", "Anyango", "Apiyo", "Adongo", "Auma", "Akoth",
        ],
        second_male: &[
            "Otieno", "Ochieng", "Odhiambo", "Omondi", "Onyango", "Okoth", "Opiyo", "Odongo", "Ouma", "Owuor",
        ],
        family: &[
            "Odhiambo", "Otieno", "Ogola", "Oluoch", "Oduor", "Okello", "Ogutu", "Ong'ayo", "Odera", "Owino",
            "Obiero",
        ],
        counties: &["Kisumu", "Siaya", "Homa Bay", "Migori", "Nairobi City"],
    },
    // Luhya
    Community {
        first_female: CHRISTIAN_FEMALE,
        first_male: CHRISTIAN_MALE,
        second_female: &[
            "Nekesa", "Nafula", "Naliaka", "Nasimiyu", "Ayuma", "Khasoa", "Nanjala", "Mutenyo", "Afandi",
            "Imali",
        ],
        second_male: &[
            "Wafula", "Wekesa", "Simiyu", "Barasa", "Mukhwana", "Juma", "Shikuku", "Mulongo", "Wanyonyi",
            "Lusweti",
        ],
        family: &[
            "Wafula", "Wekesa", "Wanyama", "Shitanda", "Makokha", "Mudavadi", "Khaemba", "Lugaliki",
            "Muliro", "Amugune", "Simiyu",
        ],
        counties: &["Kakamega", "Bungoma", "Vihiga", "Busia", "Trans Nzoia"],
    },
    // Kalenjin
    Community {
        first_female: CHRISTIAN_FEMALE,
        first_male: CHRISTIAN_MALE,
        second_female: &[
            "Chebet",
            "Chepkemoi",
            "Jepkosgei",
            "Cherono",
            "Jebet",
            "Chelangat",
            "Jerotich",
            "Chepngetich",
            "Jepchirchir",
            "Cherop",
        ],
        second_male: &[
            "Kipchoge",
            "Kiprono",
            "Kipkemboi",
            "Kibet",
            "Kiplagat",
            "Cheruiyot",
            "Kipruto",
            "Kipkorir",
            "Kimutai",
            "Kiptoo",
        ],
        family: &[
            "Koech",
            "Rotich",
            "Korir",
            "Langat",
            "Bett",
            "Kosgei",
            "Chepkwony",
            "Sang",
            "Ruto",
            "Tanui",
            "Keter",
        ],
        counties: &["Uasin Gishu", "Nandi", "Kericho", "Bomet", "Baringo", "Elgeyo-Marakwet", "West Pokot"],
    },
    // Kamba
    Community {
        first_female: CHRISTIAN_FEMALE,
        first_male: CHRISTIAN_MALE,
        second_female: &[
            "Mwende", "Ndinda", "Mutheu", "Kanini", "Wayua", "Nduku", "Syombua", "Kalekye", "Mumbua",
            "Katunge",
        ],
        second_male: &[
            "Mutua", "Musyoka", "Mutinda", "Kioko", "Muthama", "Nzioka", "Muli", "Kyalo", "Mwanzia", "Wambua",
        ],
        family: &[
            "Mutua", "Musyoka", "Kilonzo", "Ndeti", "Nzomo", "Makau", "Munyao", "Kimeu", "Ngilu", "Mulwa",
            "Wambua",
        ],
        counties: &["Machakos", "Kitui", "Makueni", "Nairobi City"],
    },
    // Kisii and Kuria
    Community {
        first_female: CHRISTIAN_FEMALE,
        first_male: CHRISTIAN_MALE,
        second_female: &[
            "Kemunto",
            "Moraa",
            "Kwamboka",
            "Nyaboke",
            "Bosibori",
            "Kerubo",
            "Nyanchama",
            "Gesare",
            "Robi",
            "Boke",
        ],
        second_male: &[
            "Nyakundi", "Omwamba", "Mogaka", "Ongeri", "Makori", "Onyancha", "Nyamweya", "Mokua", "Chacha",
            "Marwa",
        ],
        family: &[
            "Ombati", "Momanyi", "Nyang'au", "Ondieki", "Ogeto", "Bosire", "Osoro", "Gisemba", "Mwita",
            "Onchiri",
        ],
        counties: &["Kisii", "Nyamira", "Migori"],
    },
    // Meru and Embu
    Community {
        first_female: CHRISTIAN_FEMALE,
        first_male: CHRISTIAN_MALE,
        second_female: &[
            "Kathure", "Kendi", "Makena", "Gacheri", "Nkatha", "Karimi", "Kagendo", "Mwari", "Wanja",
            "Ciambuba",
        ],
        second_male: &[
            "Mutuma", "Kirimi", "Murithi", "Koome", "Mugambi", "Gitonga", "Mwenda", "Njeru", "Nyaga",
            "Muriuki",
        ],
        family: &[
            "M'Imanyara",
            "Kinyua",
            "Kiraitu",
            "Mbae",
            "Rintari",
            "Gikunda",
            "Njagi",
            "Kathuri",
            "M'Mwirichia",
            "Ireri",
        ],
        counties: &["Meru", "Tharaka-Nithi", "Embu", "Isiolo"],
    },
    // Somali
    Community {
        first_female: MUSLIM_FEMALE,
        first_male: MUSLIM_MALE,
        second_female: &[
            "Abdi", "Mohamed", "Ahmed", "Hassan", "Ali", "Omar", "Ibrahim", "Adan", "Noor", "Sheikh",
        ],
        second_male: &[
            "Abdi", "Mohamed", "Ahmed", "Hassan", "Ali", "Omar", "Ibrahim", "Adan", "Noor", "Sheikh",
        ],
        family: &[
            "Abdirahman",
            "Farah",
            "Dahir",
            "Gedi",
            "Hirsi",
            "Duale",
            "Maalim",
            "Bare",
            "Warsame",
            "Issack",
            "Mohamud",
        ],
        counties: &["Garissa", "Wajir", "Mandera", "Nairobi City", "Isiolo"],
    },
    // Mijikenda, Taita and Swahili of the coast
    Community {
        first_female: MUSLIM_FEMALE,
        first_male: MUSLIM_MALE,
        second_female: &[
            "Mwanajuma",
            "Mwanaisha",
            "Kadzo",
            "Dama",
            "Sidi",
            "Mbeyu",
            "Kache",
            "Mwaka",
            "Bahati",
            "Riziki",
        ],
        second_male: &[
            "Kazungu", "Katana", "Charo", "Karisa", "Baya", "Mwakio", "Mwamburi", "Ngala", "Kitsao", "Mwinyi",
        ],
        family: &[
            "Katana", "Kazungu", "Mwakwere", "Chea", "Mwatela", "Shariff", "Kombo", "Mwadime", "Khamisi",
            "Ngonyo", "Baya",
        ],
        counties: &["Mombasa", "Kilifi", "Kwale", "Taita Taveta", "Lamu", "Tana River"],
    },
    // Maasai and Samburu
    Community {
        first_female: CHRISTIAN_FEMALE,
        first_male: CHRISTIAN_MALE,
        second_female: &[
            "Nashipae",
            "Naserian",
            "Nalepo",
            "Silantoi",
            "Naisola",
            "Resiato",
            "Namunyak",
            "Noonkishu",
        ],
        second_male: &[
            "Lemayian", "Saitoti", "Parsaloi", "Leteipa", "Ntimama", "Sironka", "Lekishon", "Saning'o",
        ],
        family: &[
            "Ole Kina",
            "Ole Sankok",
            "Lenku",
            "Nkaissery",
            "Lesuuda",
            "Leshore",
            "Konchellah",
            "Sakaja",
            "Tipis",
            "Lelelit",
        ],
        counties: &["Kajiado", "Narok", "Samburu"],
    },
    // Turkana, Borana and others of the north
    Community {
        first_female: &[
            "Akai", "Nakiru", "Lokho", "Talaso", "Guyatu", "Esinyen", "Qabale", "Ewoi", "Halake", "Akiru",
        ],
        first_male: &[
            "Ekai", "Lokiru", "Galgalo", "Guyo", "Jarso", "Ekal", "Lopeyok", "Halkano", "Diba", "Wario",
        ],
        second_female: &["Akiru", "Nangiro", "Kame", "Bokayo", "Arbe", "Loki", "Darmi", "Ngikario"],
        second_male: &["Ekeno", "Lomorukai", "Boru", "Dida", "Godana", "Lokwang", "Roba", "Ebei"],
        family: &[
            "Lokorio", "Nanok", "Ethuro", "Godana", "Galma", "Lodepe", "Huka", "Elema", "Lowoi", "Chachu",
        ],
        counties: &["Turkana", "Marsabit", "Isiolo", "Samburu"],
    },
    // Kenyans of Asian descent
    Community {
        first_female: &["Priya", "Nisha", "Anjali", "Meera", "Shirin", "Farzana", "Harpreet", "Kavita"],
        first_male: &["Rajesh", "Amit", "Vijay", "Sunil", "Imran", "Karim", "Gurpreet", "Anil"],
        second_female: &["Kumari", "Devi", "Kaur", "Bai", "Ben"],
        second_male: &["Kumar", "Singh", "Bhai", "Lal", "Chandra"],
        family: &["Patel", "Shah", "Singh", "Sharma", "Jiwa", "Mehta", "Virani", "Chandaria"],
        counties: &["Nairobi City", "Mombasa", "Kisumu"],
    },
];
